// SPDX-License-Identifier: MIT
/*
 * dentry.c -- the cache of names.
 *
 * Idea.  An entry says what a name in a directory means: an inode, or (a negative entry) that there
 *   is no such name. Entries form a tree, and all are in one hash table whose key is parent and
 *   name. An unused entry stays until the cache is too large or memory is short (dentry_end.c).
 * Invariants.
 *   D1  An entry without references is made dead only under dentry_lock, and leaves all lists in
 *       the same critical section: with the lock held, every entry that can be reached may be used
 *       (dentry_refs.h).
 *   D2  An entry holds a reference on its parent (a root has none) and, when positive, on its
 *       inode, until it is freed: so no tree, however deep, is freed under one lock or by
 *       recursion.
 *   D3  What the cache says about a directory changes only with that directory's inode lock held,
 *       so that the file system and the cache agree while the lock is held.
 *   D4  A DELETED, VOLATILE or ROOT entry is freed with its last reference, which its refs know
 *       (they are eager); any other stays in the lru list.
 *   D5  An entry that is freed leaves every list before the lock is released; its inode is put
 *       after that.
 *   D6  The bytes of short_name behind the name are zero: a name of less than eight bytes is
 *       compared as one word. When the name is stored elsewhere, all bytes of short_name are zero.
 *   D7  The flags repeat what the inode is and whether something is mounted, so that a walk tests
 *       all of it at once.
 *   D8  The cached children of a DELETED directory are VOLATILE: they end with their last use. A
 *       lookup may attach one after the deletion, because the deletion holds the parent's lock
 *       only.
 *   D9  The memory of an entry, and of its name, stays until the read sections that may have found
 *       it have ended (sched/epoch.h); its references go at once.
 *   D10 A read section (sched/epoch.h) finds entries without the lock. What it finds is an entry
 *       that was in the directory under this name at some time in the section, if the count of
 *       changes did not change since it began (C1); what it does not find, only the lock tells.
 *       Names, parents and mounts change only while that count is odd. The inode of a positive
 *       entry stays, and is written before the flags that say so. Flags are written under the lock
 *       only: so an entry that is IDLE, too, is for the lock.
 * Ownership.  Paths, children and mounts hold references.
 * Locks.  dentry_lock (spin) for changes, and for lookups of what is not just a name that is cached
 *   and in use (path_cached.h). Inode references are put without it.
 * Cost.  A hit: one hash of the name, one bucket.
 * Tests.  name_ops_test.c, dentry_refs_test.c, path_cached_test.c, tests/guest/file, the counts of
 *   the leak check.
 * See also.  dentry_end.c, path_walk.c, name_ops.c.
 */
#include "vfs/name/dentry_internal.h"

#include "core/assert.h"
#include "core/errno.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "sched/epoch.h"
#include "vfs/name/dentry_change.h"
#include "vfs/name/mount.h"
#include "vfs/name/path_cached.h"

#include <linux/limits.h>

#define BUCKET_BITS_MIN 9
#define BUCKET_BITS_MAX 16

struct spinlock dentry_lock = SPINLOCK_INIT(dentry);
/* [dentry] the chains; the rest [I] after boot */
struct dentry_table dentry_table = {.key = {HASH_MULTIPLIER, ~HASH_MULTIPLIER | 1}};

struct slab_cache dentry_cache;
struct list_node dentry_lru = LIST_INIT(dentry_lru); /* [dentry] */
unsigned nr_dentries;				     /* [a] */
static unsigned nr_dentries_max;		     /* [I] after boot */

static bool shrink_for_memory(void)
{
	return dentry_shrink(512) > 0;
}

void dentry_init(void)
{
	struct page_counts counts;
	unsigned bits = BUCKET_BITS_MIN;
	struct page *page;

	slab_cache_init(&dentry_cache, "dentry", sizeof(struct dentry), 8);
	page_alloc_counts(&counts);
	while (bits < BUCKET_BITS_MAX && (1UL << bits) < counts.total / 8)
		bits++;
	if (page_alloc(bits - 9, PAGE_KERNEL | PAGE_ZERO, &page) != 0)
		panic("no memory for the hash table of the cache of names");
	dentry_table.buckets = page_to_virt(page);
	dentry_table.shift = 64 - bits;
	nr_dentries_max = 4U << bits;
	page_alloc_add_pressure_handler(shrink_for_memory);
}

void dentry_set_key(u64 first, u64 second)
{
	dentry_table.key[0] = first;
	dentry_table.key[1] = second | 1;
}

/* ---- making ---- */

static struct dentry *dentry_new(const char *name, size_t len)
{
	struct dentry *dentry = slab_alloc(&dentry_cache, 0);

	if (!dentry)
		return NULL;
	dentry->name = dentry->short_name;
	if (len >= DENTRY_NAME_INLINE) {
		dentry->name = kmalloc(len + 1, 0);
		if (!dentry->name) {
			slab_free(&dentry_cache, dentry);
			return NULL;
		}
	}
	memset(dentry->short_name, 0, sizeof(dentry->short_name)); /* D6 */
	memcpy(dentry->name, name, len);
	dentry->name[len] = '\0';
	dentry->name_len = (u16)len;
	dentry->hash_node.place = NULL;
	dentry->parent = dentry;
	dentry->inode = NULL;
	dentry->hash = 0;
	dentry_refs_init(&dentry->refs);
	dentry->flags = DENTRY_NEGATIVE | DENTRY_IDLE;
	dentry->mounted = NULL;
	list_init(&dentry->sibling);
	list_init(&dentry->children);
	list_init(&dentry->lru);
	__atomic_fetch_add(&nr_dentries, 1, __ATOMIC_RELAXED);
	return dentry;
}

/* Make the negative entry @dentry mean @inode, whose reference it takes over. D7 */
static void set_inode(struct dentry *dentry, struct inode *inode)
{
	u16 flags = 0;

	debug_assert(!dentry->inode && (dentry->flags & DENTRY_NEGATIVE)); /* D7 */
	if (S_ISLNK(inode_mode(inode)))
		flags |= DENTRY_LINK;
	if (inode->ops && inode->ops->permission)
		flags |= DENTRY_HAS_PERMISSION_HOOK;
	dentry->inode = inode;
	dentry_change_flags(dentry, flags, DENTRY_NEGATIVE); /* D10 */
}

struct dentry *dentry_create_root(struct inode *inode)
{
	struct dentry *dentry = dentry_new("/", 1);

	if (!dentry) {
		inode_put(inode);
		return NULL;
	}
	set_inode(dentry, inode);
	dentry_end_when_unused(dentry, DENTRY_ROOT);
	return dentry;
}

struct dentry *dentry_create_detached(struct dentry *root, const char *name, struct inode *inode)
{
	struct dentry *dentry = dentry_new(name, strlen(name));

	if (!dentry) {
		inode_put(inode);
		return NULL;
	}
	set_inode(dentry, inode);
	dentry_get(root);
	dentry->parent = root;
	spin_lock(&dentry_lock);
	dentry_end_when_unused(dentry, DENTRY_DELETED);
	list_add_last(&root->children, &dentry->sibling);
	spin_unlock(&dentry_lock);
	return dentry;
}

/* ---- finding ---- */

/* Are @len > 0 bytes the same? Compares overlapping words instead of single bytes. */
static inline bool names_equal(const char *a, const char *b, size_t len)
{
	u64 x, y;
	u32 u, v;

	if (len >= 8) {
		for (size_t i = 0; i < len - 8; i += 8) {
			memcpy(&x, a + i, 8);
			memcpy(&y, b + i, 8);
			if (x != y)
				return false;
		}
		memcpy(&x, a + len - 8, 8);
		memcpy(&y, b + len - 8, 8);
		return x == y;
	}
	if (len >= 4) {
		memcpy(&u, a, 4);
		memcpy(&v, b, 4);
		if (u != v)
			return false;
		memcpy(&u, a + len - 4, 4);
		memcpy(&v, b + len - 4, 4);
		return u == v;
	}
	return a[0] == b[0] && a[len / 2] == b[len / 2] && a[len - 1] == b[len - 1];
}

u64 dentry_hash(const struct dentry *parent, const char *name, size_t len)
{
	u64 hash = dentry_hash_begin();

	for (; len >= 8; len -= 8, name += 8)
		hash = dentry_hash_word(hash, name_word(name));
	if (len)
		hash = dentry_hash_word(hash, name_word(name) & (BIT(8 * len) - 1));
	return dentry_hash_end(hash, parent);
}

struct dentry *dentry_find(const struct dentry *parent, const char *name, size_t len, u64 hash)
{
	struct dentry *dentry;

	assert_spin_held(&dentry_lock);
	hlist_for_each_entry(dentry, dentry_bucket(hash), hash_node) {
		if (dentry->hash != hash || dentry->parent != parent || dentry->name_len != len ||
		    !names_equal(dentry->name, name, len))
			continue;
		if (dentry->flags & DENTRY_IDLE)
			dentry_change_flags(dentry, 0, DENTRY_IDLE);
		return dentry;
	}
	return NULL;
}

/* As dentry_find, in a read section that began with the count of changes @begun. D10 */
static struct dentry *find_unlocked(const struct dentry *parent, const char *name, size_t len,
				    u64 hash, u32 begun)
{
	struct dentry *dentry;

	hlist_for_each_entry_unlocked(dentry, dentry_bucket(hash), hash_node) {
		const char *text;

		if (READ_ONCE(dentry->hash) != hash || READ_ONCE(dentry->parent) != parent ||
		    READ_ONCE(dentry->name_len) != len)
			continue;
		text = READ_ONCE(dentry->name);
		/* Otherwise the length may be that of another name, and reach behind this one. */
		if (seqcount_must_read_again(&dentry_table.changes, begun))
			return NULL;
		if (data_race(names_equal(text, name, len), "a change is found out at the end"))
			return dentry;
	}
	return NULL;
}

struct dentry *dentry_find_long(const struct dentry *parent, const char *name, size_t *len,
				u32 begun)
{
	u64 hash = dentry_hash_begin(), word = name_word(name), end = name_end(word);
	const char *p = name;

	for (; !end; end = name_end(word)) {
		hash = dentry_hash_word(hash, word);
		p += 8;
		word = name_word(p);
	}
	word &= name_mask(end);
	if (word)
		hash = dentry_hash_word(hash, word);
	*len = (size_t)(p - name) + (unsigned)__builtin_ctzl(end) / 8;
	return find_unlocked(parent, name, *len, dentry_hash_end(hash, parent), begun);
}

/* Make the new entry @dentry a child of @parent. */
static void attach_locked(struct dentry *dentry, struct dentry *parent) REQUIRES(dentry_lock)
{
	assert_spin_held(&dentry_lock);
	debug_assert(dentry->parent == dentry && !hlist_is_linked(&dentry->hash_node));
	dentry_get(parent); /* D2 */
	dentry->parent = parent;
	dentry->hash = dentry_hash(parent, dentry->name, dentry->name_len);
	hlist_add_first(dentry_bucket(dentry->hash), &dentry->hash_node);
	list_add_last(&parent->children, &dentry->sibling);
	if (dentry->flags & DENTRY_VOLATILE || parent->flags & DENTRY_DELETED) /* D8 */
		dentry_end_when_unused(dentry, DENTRY_VOLATILE);
	else
		list_add_last(&dentry_lru, &dentry->lru);
}

/*
 * Check @cached (referenced, may be NULL), the entry of a name in a volatile file system, against
 * @inode (reference taken over, may be NULL), which the name means now. Returns true if the entry
 * is still right; otherwise it is no longer found.
 */
static bool revalidate(struct dentry *cached, struct inode *inode)
{
	if (cached && (cached->inode == inode || cached->mounted)) {
		if (inode)
			inode_put(inode);
		return true;
	}
	if (cached) {
		spin_lock(&dentry_lock);
		hlist_remove(&cached->hash_node);
		spin_unlock(&dentry_lock);
	}
	return false;
}

static int lookup_uncached(struct dentry *parent, const char *name, size_t len,
			   struct dentry *cached, struct dentry **out)
{
	struct inode *dir = parent->inode, *inode = NULL;
	bool is_volatile = dir->super->volatile_entries;
	struct dentry *dentry;
	int err;

	assert_mutex_held(&dir->lock); /* D3 */
	if (!dir->ops->lookup)
		return -ENOTDIR;
	dentry = dentry_new(name, len);
	if (!dentry)
		return -ENOMEM;
	err = dir->ops->lookup(dir, dentry->name, len, &inode);
	if (err && err != -ENOENT)
		goto out_free;
	if (err)
		inode = NULL;
	if (is_volatile && revalidate(cached, inode)) {
		dentry_get(cached);
		*out = cached;
		err = 0;
		goto out_free;
	}
	if (inode)
		set_inode(dentry, inode);
	if (is_volatile)
		dentry->flags |= DENTRY_VOLATILE;
	spin_lock(&dentry_lock);
	attach_locked(dentry, parent);
	spin_unlock(&dentry_lock);
	*out = dentry;
	return 0;
out_free:
	dentry_free_unseen(dentry);
	return err;
}

enum found { FOUND, FOUND_NOTHING, FOUND_UNKNOWN };

/*
 * The entry of a name, referenced, or that there is none. @parent's inode lock keeps names from
 * being made or moved there, so FOUND_NOTHING is sure (D3); FOUND_UNKNOWN: ask with dentry_lock.
 * That a name is to be changed is no use which keeps it in the cache: it may stay IDLE.
 */
static enum found find_and_get(const struct dentry *parent, const char *name, size_t len,
			       struct dentry **out)
{
	u64 hash = dentry_hash(parent, name, len);
	enum found found = FOUND_UNKNOWN;
	struct dentry *dentry;
	u32 begun;

	epoch_read_begin();
	begun = seqcount_read_begin(&dentry_table.changes);
	dentry = find_unlocked(parent, name, len, hash, begun);
	if (likely(!seqcount_must_read_again(&dentry_table.changes, begun))) { /* D10 */
		if (!dentry)
			found = FOUND_NOTHING;
		else if (dentry_get_found(dentry))
			found = FOUND;
	}
	epoch_read_end();
	*out = dentry;
	return found;
}

int dentry_lookup_locked(struct dentry *parent, const char *name, size_t len, struct dentry **out)
{
	struct dentry *dentry = NULL;
	int err;

	assert_mutex_held(&parent->inode->lock);
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	if (dentry_flags(parent) & DENTRY_DELETED) /* or later: D8 */
		return -ENOENT;
	if (unlikely(find_and_get(parent, name, len, &dentry) == FOUND_UNKNOWN)) {
		spin_lock(&dentry_lock);
		dentry = dentry_find(parent, name, len, dentry_hash(parent, name, len));
		if (dentry)
			dentry_get(dentry);
		spin_unlock(&dentry_lock);
	}
	if (dentry && !(dentry_flags(dentry) & DENTRY_VOLATILE)) {
		*out = dentry;
		return 0;
	}
	err = lookup_uncached(parent, name, len, dentry, out);
	if (dentry)
		dentry_put(dentry);
	return err;
}

int dentry_lookup(struct dentry *parent, const char *name, size_t len, struct dentry **out)
{
	struct inode *dir = parent->inode;
	int err = epoch_throttle(); /* D9 */

	if (unlikely(err))
		return err;
	if (unlikely(READ_ONCE(nr_dentries) > nr_dentries_max))
		dentry_shrink(SHRINK_BATCH);
	mutex_lock(&dir->lock);
	err = dentry_lookup_locked(parent, name, len, out);
	mutex_unlock(&dir->lock);
	return err;
}

/* ---- changing ---- */

void dentry_fill(struct dentry *dentry, struct inode *inode)
{
	assert_mutex_held(&dentry->parent->inode->lock); /* D3 */
	spin_lock(&dentry_lock);
	debug_assert(!dentry->inode);
	set_inode(dentry, inode);
	spin_unlock(&dentry_lock);
}

/* ---- paths ---- */

void path_get(const struct path *path)
{
	mount_get(path->mount);
	dentry_get(path->dentry);
}

void path_put(const struct path *path)
{
	dentry_put(path->dentry);
	mount_put(path->mount);
}
