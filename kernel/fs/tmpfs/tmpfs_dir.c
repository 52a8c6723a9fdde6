// SPDX-License-Identifier: MIT
/*
 * tmpfs_dir.c -- directories in memory.
 *
 * Idea.  An entry is in two trees: by name, for lookups that the cache of names cannot answer; and
 *   by cookie, a number that only grows, for readdir. So a program that reads a directory while
 *   names come and go sees each name that stays exactly once.
 * Invariants.
 *   T1  An entry holds one reference on its inode, and is one of its links.
 *   T2  A directory without links (a removed one) is empty and stays so: insertions, and removals
 *       of directories, decide that under super->lock.
 *   T3  The link of a subdirectory's ".." is dropped before the subdirectory's entry: an empty
 *       directory may be removed at any moment, and has no links from then on.
 * Locks.  The directory's inode lock (taken by the callers of the hooks); super->lock inside.
 * Cost.  Lookup, insertion, removal: logarithmic.
 * Tests.  name_ops_test.c, tests/guest/file/file_dirs.c.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "fs/tmpfs/tmpfs_internal.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "sched/epoch.h"

#include <linux/fs.h>

#define COOKIE_FIRST 2 /* 0 and 1 are "." and ".." */

static struct slab_cache dir_cache;

void tmpfs_dir_caches_init(void)
{
	slab_cache_init(&dir_cache, "tmpfs_dir", sizeof(struct tmpfs_dir), 0);
}

struct tmpfs_dir *tmpfs_dir_create(void)
{
	struct tmpfs_dir *dir = slab_alloc(&dir_cache, PAGE_ZERO);

	if (dir)
		dir->next_cookie = COOKIE_FIRST;
	return dir;
}

struct entry_key {
	u64 hash;
	const char *name;
	size_t len;
};

static int compare_name(const void *key_pointer, const struct rb_node *node)
{
	const struct entry_key *key = key_pointer;
	const struct tmpfs_entry *entry = rb_entry(node, struct tmpfs_entry, by_name);

	if (key->hash != entry->hash)
		return key->hash < entry->hash ? -1 : 1;
	if (key->len != entry->len)
		return key->len < entry->len ? -1 : 1;
	return memcmp(key->name, entry->name, key->len);
}

static bool less_name(const struct rb_node *a, const struct rb_node *b)
{
	const struct tmpfs_entry *entry = rb_entry(a, struct tmpfs_entry, by_name);
	struct entry_key key = {entry->hash, entry->name, entry->len};

	return compare_name(&key, b) < 0;
}

static bool less_cookie(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct tmpfs_entry, by_cookie)->cookie <
	       rb_entry(b, struct tmpfs_entry, by_cookie)->cookie;
}

static struct tmpfs_entry *find(const struct inode *dir, const char *name, size_t len)
{
	struct tmpfs_dir *data = dir->data;
	struct entry_key key = {hash_bytes(name, len, 0), name, len};

	assert_mutex_held(&dir->lock);
	return rb_entry_or_null(rb_find(&data->names, &key, compare_name), struct tmpfs_entry,
				by_name);
}

static struct tmpfs_entry *entry_new(const char *name, size_t len)
{
	struct tmpfs_entry *entry = kmalloc(sizeof(*entry) + len + 1, 0);

	if (!entry)
		return NULL;
	entry->hash = hash_bytes(name, len, 0);
	entry->len = (u32)len;
	memcpy(entry->name, name, len);
	entry->name[len] = '\0';
	return entry;
}

/*
 * Move all entries of @from to @dir, where they have no names: so that a deep tree is freed without
 * recursion.
 */
static void adopt_entries(struct tmpfs_dir *dir, struct tmpfs_dir *from)
{
	struct rb_node *node;

	while ((node = rb_first(&from->cookies)) != NULL) {
		rb_erase(&from->cookies, node);
		rb_entry(node, struct tmpfs_entry, by_cookie)->cookie = dir->next_cookie++;
		rb_insert(&dir->cookies, node, less_cookie);
	}
}

void tmpfs_dir_destroy(struct tmpfs_dir *dir)
{
	struct rb_node *node;

	while ((node = rb_first(&dir->cookies)) != NULL) {
		struct tmpfs_entry *entry = rb_entry(node, struct tmpfs_entry, by_cookie);

		rb_erase(&dir->cookies, node);
		if (S_ISDIR(inode_mode(entry->inode)))
			adopt_entries(dir, entry->inode->data);
		inode_put(entry->inode);
		kfree(entry);
	}
	slab_free(&dir_cache, dir);
}

/*
 * Give @inode the name of @entry in @dir; the entry takes over the reference. -ENOENT: the
 * directory is removed. T1, T2
 */
static int insert(struct inode *dir, struct tmpfs_entry *entry, struct inode *inode)
{
	struct tmpfs_super *super = tmpfs_super_of(dir);
	struct tmpfs_dir *data = dir->data;
	bool alive;

	assert_mutex_held(&dir->lock);
	entry->inode = inode;
	spin_lock(&super->lock);
	alive = dir->nr_links != 0;
	if (alive) {
		entry->cookie = data->next_cookie++;
		rb_insert(&data->names, &entry->by_name, less_name);
		rb_insert(&data->cookies, &entry->by_cookie, less_cookie);
		data->nr_entries++;
	}
	spin_unlock(&super->lock);
	return alive ? 0 : -ENOENT;
}

static void erase(struct inode *dir, struct tmpfs_entry *entry)
{
	struct tmpfs_super *super = tmpfs_super_of(dir);
	struct tmpfs_dir *data = dir->data;

	assert_mutex_held(&dir->lock);
	debug_assert(data->nr_entries);
	spin_lock(&super->lock);
	rb_erase(&data->names, &entry->by_name);
	rb_erase(&data->cookies, &entry->by_cookie);
	data->nr_entries--;
	spin_unlock(&super->lock);
}

/* Mark the directory @inode as removed. -ENOTEMPTY. T2 */
static int mark_removed(struct inode *inode)
{
	struct tmpfs_super *super = tmpfs_super_of(inode);
	struct tmpfs_dir *data = inode->data;
	bool empty;

	spin_lock(&super->lock);
	empty = data->nr_entries == 0;
	if (empty)
		inode->nr_links = 0;
	spin_unlock(&super->lock);
	return empty ? 0 : -ENOTEMPTY;
}

static void touch_dir(struct inode *dir)
{
	struct tmpfs_dir *data = dir->data;

	assert_mutex_held(&dir->lock);
	dir->size_bytes = (data->nr_entries + 2) * 20;
	inode_touch(dir, INODE_TOUCH_MTIME | INODE_TOUCH_CTIME);
}

/* ---- adding names ---- */

static int tmpfs_lookup(struct inode *dir, const char *name, size_t len, struct inode **out)
{
	struct tmpfs_entry *entry = find(dir, name, len);

	if (!entry)
		return -ENOENT;
	inode_get(entry->inode);
	*out = entry->inode;
	return 0;
}

/*
 * Give the new @inode its first name; *out is @inode with a reference for the caller. An error
 * frees the inode.
 */
static int add_fresh(struct inode *dir, const char *name, size_t len, struct inode *inode,
		     struct inode **out)
{
	struct tmpfs_entry *entry = entry_new(name, len);
	int err = entry ? insert(dir, entry, inode) : -ENOMEM;

	if (err) {
		kfree(entry);
		inode_put(inode);
		return err;
	}
	if (S_ISDIR(inode_mode(inode)))
		inode_add_links(dir, 1); /* its ".." */
	touch_dir(dir);
	inode_get(inode);
	*out = inode;
	return 0;
}

static int tmpfs_create(struct inode *dir, const char *name, size_t len, mode_t mode, dev_t device,
			struct inode **out)
{
	struct inode *inode;
	int err = tmpfs_inode_create(dir->super, mode, device, &inode);

	if (err)
		return err;
	inode_init_owner(inode, dir);
	if (!name) {
		inode->nr_links = 0;
		*out = inode;
		return 0;
	}
	return add_fresh(dir, name, len, inode, out);
}

static int tmpfs_symlink(struct inode *dir, const char *name, size_t len, const char *target,
			 struct inode **out)
{
	struct inode *inode;
	int err = tmpfs_inode_create(dir->super, S_IFLNK | 0777, 0, &inode);

	if (err)
		return err;
	inode_init_owner(inode, dir);
	inode->data = kstrdup(target, 0);
	if (!inode->data) {
		inode_put(inode);
		return -ENOMEM;
	}
	inode->size_bytes = strlen(target);
	return add_fresh(dir, name, len, inode, out);
}

static int tmpfs_link(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	struct tmpfs_entry *entry = entry_new(name, len);
	int err;

	if (!entry)
		return -ENOMEM;
	inode_get(target);
	err = insert(dir, entry, target);
	if (err) {
		inode_put(target);
		kfree(entry);
		return err;
	}
	inode_add_links(target, 1);
	touch_dir(dir);
	return 0;
}

/* ---- removing names ---- */

/* Remove @entry from @dir and free it. The caller has a reference on its inode. */
static void drop_entry(struct inode *dir, struct tmpfs_entry *entry)
{
	struct inode *inode = entry->inode;

	debug_assert(dir->nr_links && !inode->nr_links == S_ISDIR(inode_mode(inode))); /* T1, T2 */
	if (S_ISDIR(inode_mode(inode))) {
		inode_add_links(dir, -1); /* T3 */
		inode_touch(inode, INODE_TOUCH_CTIME);
	} else {
		inode_add_links(inode, -1);
	}
	erase(dir, entry);
	kfree(entry);
	inode_put(inode);
}

static int tmpfs_unlink(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	struct tmpfs_entry *entry = find(dir, name, len);
	int err;

	if (!entry || entry->inode != target)
		return -ENOENT;
	if (S_ISDIR(inode_mode(target))) {
		err = mark_removed(target);
		if (err)
			return err;
	}
	drop_entry(dir, entry);
	touch_dir(dir);
	return 0;
}

/* The ".." of a directory that moves is a link of its new parent. */
static void move_parent_link(struct inode *moved, struct inode *from, struct inode *to)
{
	if (!S_ISDIR(inode_mode(moved)) || from == to)
		return;
	inode_add_links(from, -1);
	inode_add_links(to, 1);
}

static int exchange(struct inode *old_dir, struct tmpfs_entry *old, struct inode *new_dir,
		    struct tmpfs_entry *new)
{
	struct inode *source = old->inode;

	move_parent_link(source, old_dir, new_dir);
	move_parent_link(new->inode, new_dir, old_dir);
	old->inode = new->inode;
	new->inode = source;
	inode_touch(old->inode, INODE_TOUCH_CTIME);
	inode_touch(new->inode, INODE_TOUCH_CTIME);
	return 0;
}

/* Make @target name @source instead of the inode that it names. */
static int replace(struct inode *new_dir, struct tmpfs_entry *target, struct inode *source)
{
	struct inode *replaced = target->inode;
	int err = S_ISDIR(inode_mode(replaced)) ? mark_removed(replaced) : 0;

	if (err)
		return err;
	target->inode = source;
	if (S_ISDIR(inode_mode(replaced)))
		inode_add_links(new_dir, -1);
	else
		inode_add_links(replaced, -1);
	inode_put(replaced); /* the caller has one more */
	return 0;
}

static int move_to(struct inode *new_dir, const char *name, struct inode *source)
{
	struct tmpfs_entry *entry = entry_new(name, strlen(name));
	int err = entry ? insert(new_dir, entry, source) : -ENOMEM;

	if (err)
		kfree(entry);
	return err;
}

static int tmpfs_rename(struct inode *old_dir, const char *old_name, struct inode *new_dir,
			const char *new_name, struct inode *source, struct inode *replaced,
			unsigned flags)
{
	struct tmpfs_entry *old = find(old_dir, old_name, strlen(old_name));
	struct tmpfs_entry *target = find(new_dir, new_name, strlen(new_name));
	int err;

	if (!old || old->inode != source || (replaced && (!target || target->inode != replaced)))
		return -ENOENT;
	if (flags & RENAME_EXCHANGE) {
		err = exchange(old_dir, old, new_dir, target);
	} else {
		err = replaced ? replace(new_dir, target, source)
			       : move_to(new_dir, new_name, source);
		if (err)
			return err;
		move_parent_link(source, old_dir, new_dir); /* T3 */
		erase(old_dir, old); /* the other entry has taken over its reference */
		kfree(old);
		inode_touch(source, INODE_TOUCH_CTIME);
	}
	touch_dir(old_dir);
	if (new_dir != old_dir)
		touch_dir(new_dir);
	return err;
}

const struct inode_ops tmpfs_dir_inode_ops = {
	.lookup = tmpfs_lookup,
	.create = tmpfs_create,
	.symlink = tmpfs_symlink,
	.link = tmpfs_link,
	.unlink = tmpfs_unlink,
	.rename = tmpfs_rename,
};

/* ---- reading ---- */

static u64 parent_ino(const struct file *file)
{
	const struct dentry *dentry = file->path.dentry;
	u64 ino;

	epoch_read_begin();
	ino = READ_ONCE(dentry->parent)->inode->ino;
	epoch_read_end();
	return ino;
}

static bool emit_dots(struct file *file, struct dir_emitter *emitter)
{
	if (file->pos == 0) {
		if (!emitter->emit(emitter, ".", 1, file->inode->ino, S_IFDIR >> 12, 1))
			return false;
		file->pos = 1;
	}
	if (file->pos == 1) {
		if (!emitter->emit(emitter, "..", 2, parent_ino(file), S_IFDIR >> 12, COOKIE_FIRST))
			return false;
		file->pos = COOKIE_FIRST;
	}
	return true;
}

/* The entry with the lowest cookie that is not below @cookie. */
static struct rb_node *first_from(const struct tmpfs_dir *dir, u64 cookie)
{
	struct rb_node *node = dir->cookies.node, *best = NULL;

	while (node) {
		if (rb_entry(node, struct tmpfs_entry, by_cookie)->cookie >= cookie) {
			best = node;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return best;
}

static int tmpfs_readdir(struct file *file, struct dir_emitter *emitter)
{
	struct inode *dir = file->inode;
	struct tmpfs_dir *data = dir->data;
	struct rb_node *node;

	if (!emit_dots(file, emitter))
		return 0;
	mutex_lock(&dir->lock);
	for (node = first_from(data, file->pos); node; node = rb_next(node)) {
		struct tmpfs_entry *entry = rb_entry(node, struct tmpfs_entry, by_cookie);

		if (!emitter->emit(emitter, entry->name, entry->len, entry->inode->ino,
				   (entry->inode->mode & S_IFMT) >> 12, entry->cookie + 1))
			break;
		file->pos = entry->cookie + 1;
	}
	mutex_unlock(&dir->lock);
	inode_touch(dir, INODE_TOUCH_ATIME);
	return 0;
}

const struct file_ops tmpfs_dir_file_ops = {.readdir = tmpfs_readdir};
