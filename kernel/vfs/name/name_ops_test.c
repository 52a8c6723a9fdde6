// SPDX-License-Identifier: MIT
/*
 * Names against a model: random mkdir, create, link, rename, unlink and rmdir in a small tree, each
 * with the error the manual pages demand; the cache of names is shrunk at random meanwhile. Then
 * the cases that chance does not find: links, "..", mounts.
 */
#include "unit_memory.h"
#include "unit_test.h"
#include "unit_vfs.h"

#include "core/errno.h"
#include "vfs/file/fdtable.h"
#include "vfs/name/name_ops.h"

#include <linux/fs.h>

#define NR_NAMES 3
#define NR_NODES 64
#define DEPTH 4
#define OPERATIONS 60000

/* ---- the model ---- */

struct node {
	bool used, is_dir;
	int nr_names; /* of a file: links */
	u64 ino;
	struct node *parent, *names[NR_NAMES];
};

static struct node nodes[NR_NODES], *root;
static u64 seed = 11;

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_random(&seed) % n);
}

static struct node *node_new(bool is_dir, struct node *parent)
{
	for (unsigned i = 0; i < NR_NODES; i++) {
		if (nodes[i].used)
			continue;
		nodes[i] = (struct node){
			.used = true, .is_dir = is_dir, .nr_names = 1, .parent = parent};
		return &nodes[i];
	}
	return NULL;
}

static void node_drop(struct node *node)
{
	if (--node->nr_names == 0)
		node->used = false;
}

static bool node_is_empty(const struct node *node)
{
	for (unsigned i = 0; i < NR_NAMES; i++)
		if (node->names[i])
			return false;
	return true;
}

/* A path of one to DEPTH names, and what it means. */
struct place {
	char text[64];
	struct node *dir; /* the last name's directory; NULL with error */
	unsigned name;
	int error;
};

static struct place pick_place(void)
{
	unsigned depth = 1 + pick(DEPTH);
	struct place place = {.dir = root};

	for (unsigned i = 0; i < depth; i++) {
		char part[3] = {'/', (char)('a' + pick(NR_NAMES)), 0};

		if (i && !place.error) {
			struct node *next = place.dir->names[place.name];

			place.error = !next ? -ENOENT : next->is_dir ? 0 : -ENOTDIR;
			place.dir = next;
		}
		place.name = (unsigned)(part[1] - 'a');
		strcat(place.text, part);
	}
	if (place.error)
		place.dir = NULL;
	return place;
}

static struct node *at(const struct place *place)
{
	return place->error ? NULL : place->dir->names[place->name];
}

static bool is_below(const struct node *node, const struct node *top)
{
	for (; node; node = node->parent)
		if (node == top)
			return true;
	return false;
}

static int expect_rename(const struct place *from, const struct place *to, unsigned flags)
{
	struct node *source = at(from), *target = at(to);

	if (from->error || to->error)
		return from->error ? from->error : to->error;
	if (!source)
		return -ENOENT;
	if ((flags & RENAME_EXCHANGE) && !target)
		return -ENOENT;
	if ((flags & RENAME_NOREPLACE) && target)
		return -EEXIST;
	if (is_below(to->dir, source))
		return -EINVAL;
	if (target && is_below(from->dir, target))
		return flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	if (source == target || !target || (flags & RENAME_EXCHANGE))
		return 0;
	if (source->is_dir)
		return !target->is_dir ? -ENOTDIR : node_is_empty(target) ? 0 : -ENOTEMPTY;
	return target->is_dir ? -EISDIR : 0;
}

/* ---- operations, real and modelled ---- */

static u64 ino_of(const char *name)
{
	struct inode *inode;
	u64 ino;

	assert_int_equal(path_lookup_inode(AT_FDCWD, name, 0, &inode), 0);
	ino = inode->ino;
	inode_put(inode);
	return ino;
}

static void do_make(bool is_dir)
{
	struct place place = pick_place();
	struct node *node = place.error || at(&place) ? NULL : node_new(is_dir, place.dir);
	struct file *file;
	int err;

	if (!place.error && !at(&place) && !node)
		return;
	if (is_dir) {
		err = vfs_mknod(AT_FDCWD, place.text, S_IFDIR | 0755, 0);
	} else {
		err = vfs_open(AT_FDCWD, place.text, O_CREAT | O_EXCL | O_RDWR, 0644, &file);
		if (!err)
			file_put(file);
	}
	assert_int_equal(err, place.error ? place.error : node ? 0 : -EEXIST);
	if (node) {
		place.dir->names[place.name] = node;
		node->ino = ino_of(place.text);
	}
}

static void do_link(void)
{
	struct place from = pick_place(), to = pick_place();
	struct node *source = at(&from);
	int err = vfs_link(AT_FDCWD, from.text, AT_FDCWD, to.text, 0), want;

	want = from.error ? from.error
	       : !source  ? -ENOENT
	       : to.error ? to.error
	       : at(&to)  ? -EEXIST
			  : 0;
	if (!want && source->is_dir)
		want = -EPERM;
	assert_int_equal(err, want);
	if (!err) {
		to.dir->names[to.name] = source;
		source->nr_names++;
	}
}

static void do_unlink(bool directory)
{
	struct place place = pick_place();
	struct node *node = at(&place);
	int err = vfs_unlink(AT_FDCWD, place.text, directory), want = 0;

	if (!node)
		want = place.error ? place.error : -ENOENT;
	else if (directory)
		want = !node->is_dir ? -ENOTDIR : node_is_empty(node) ? 0 : -ENOTEMPTY;
	else
		want = node->is_dir ? -EISDIR : 0;
	assert_int_equal(err, want);
	if (!err) {
		place.dir->names[place.name] = NULL;
		node_drop(node);
	}
}

static void do_rename(void)
{
	static const unsigned flags_of[] = {0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE};
	unsigned flags = flags_of[pick(4)];
	struct place from = pick_place(), to = pick_place();
	struct node *source = at(&from), *target = at(&to);
	int want = expect_rename(&from, &to, flags);

	assert_int_equal(vfs_rename(AT_FDCWD, from.text, AT_FDCWD, to.text, flags), want);
	if (want || source == target)
		return;
	to.dir->names[to.name] = source;
	from.dir->names[from.name] = flags & RENAME_EXCHANGE ? target : NULL;
	if (source->is_dir)
		source->parent = to.dir;
	if (target && (flags & RENAME_EXCHANGE)) {
		if (target->is_dir)
			target->parent = from.dir;
	} else if (target) {
		node_drop(target);
	}
}

/* ---- comparing ---- */

static void compare(const struct node *node, const char *text)
{
	unsigned nr_dirs = 0;
	struct inode *inode;

	for (unsigned i = 0; i < NR_NAMES; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s/%c", text, 'a' + i);
		if (!node->names[i]) {
			assert_int_equal(path_lookup_inode(AT_FDCWD, name, 0, &inode), -ENOENT);
			continue;
		}
		assert_int_equal(ino_of(name), node->names[i]->ino);
		nr_dirs += node->names[i]->is_dir;
		if (node->names[i]->is_dir)
			compare(node->names[i], name);
	}
	assert_int_equal(path_lookup_inode(AT_FDCWD, *text ? text : "/", 0, &inode), 0);
	assert_int_equal(inode->nr_links, nr_dirs + 2);
	inode_put(inode);
}

static void empty(struct node *node, const char *text)
{
	for (unsigned i = 0; i < NR_NAMES; i++) {
		struct node *child = node->names[i];
		char name[64];

		if (!child)
			continue;
		snprintf(name, sizeof(name), "%s/%c", text, 'a' + i);
		if (child->is_dir)
			empty(child, name);
		assert_int_equal(vfs_unlink(AT_FDCWD, name, child->is_dir), 0);
		node->names[i] = NULL;
		node_drop(child);
	}
}

static int setup(void **state)
{
	static bool ready;

	(void)state;
	if (!ready)
		unit_vfs_init(MIB(64), 0, 0);
	ready = true;
	return 0;
}

static void random_operations_match_the_model(void **state)
{
	unsigned nr_inodes = inode_count(), total, unused;

	(void)state;
	root = node_new(true, NULL);
	for (unsigned i = 0; i < OPERATIONS; i++) {
		unsigned what = pick(100);

		if (what < 20)
			do_make(true);
		else if (what < 40)
			do_make(false);
		else if (what < 50)
			do_link();
		else if (what < 60)
			do_unlink(false);
		else if (what < 67)
			do_unlink(true);
		else if (what < 98)
			do_rename();
		else
			dentry_shrink(pick(20));
		if (i % 500 == 0)
			compare(root, "");
	}
	compare(root, "");
	empty(root, "");
	dentry_shrink(~0U);
	assert_int_equal(inode_count(), nr_inodes);
	dentry_counts(&total, &unused);
	assert_int_equal(unused, 0);
}

/* ---- what chance does not find ---- */

static void make_file(const char *name)
{
	struct file *file;

	assert_int_equal(vfs_open(AT_FDCWD, name, O_CREAT | O_RDWR, 0644, &file), 0);
	file_put(file);
}

static int look(const char *name, unsigned flags)
{
	struct path path;
	int err = path_lookup(AT_FDCWD, name, flags, &path);

	if (!err)
		path_put(&path);
	return err;
}

static void links_are_followed_and_loops_end(void **state)
{
	char name[32], target[32];
	struct file *file;

	(void)state;
	assert_int_equal(vfs_mknod(AT_FDCWD, "/d", S_IFDIR | 0755, 0), 0);
	make_file("/d/f");
	assert_int_equal(vfs_symlink("d/f", AT_FDCWD, "/rel"), 0);
	assert_int_equal(vfs_symlink("/d/", AT_FDCWD, "/abs"), 0);
	assert_int_equal(vfs_symlink("loop", AT_FDCWD, "/loop"), 0);
	assert_int_equal(ino_of("/abs/f"), ino_of("/d/f"));
	assert_int_equal(look("/rel", WALK_FOLLOW | WALK_DIRECTORY), -ENOTDIR);
	assert_int_equal(look("/rel/", WALK_FOLLOW), -ENOTDIR);
	assert_int_equal(look("/rel/x", WALK_FOLLOW), -ENOTDIR);
	assert_int_equal(look("/abs/../rel", WALK_FOLLOW), 0);
	assert_int_equal(look("/loop", WALK_FOLLOW), -ELOOP);
	assert_int_equal(look("/loop", 0), 0);
	assert_int_equal(look("/loop/", 0), -ELOOP);
	/* Forty in a row are followed, not one more. */
	assert_int_equal(vfs_symlink("d", AT_FDCWD, "/l0"), 0);
	for (int i = 1; i <= 40; i++) {
		snprintf(name, sizeof(name), "/l%d", i);
		snprintf(target, sizeof(target), "l%d", i - 1);
		assert_int_equal(vfs_symlink(target, AT_FDCWD, name), 0);
	}
	assert_int_equal(look("/l39/f", 0), 0);
	assert_int_equal(look("/l40/f", 0), -ELOOP);
	/* O_CREAT goes through a link to what is not there yet. */
	assert_int_equal(vfs_symlink("d/new", AT_FDCWD, "/to_new"), 0);
	assert_int_equal(vfs_open(AT_FDCWD, "/to_new", O_CREAT | O_EXCL, 0600, &file), -EEXIST);
	make_file("/to_new");
	assert_int_equal(look("/d/new", 0), 0);
}

static void dots_stay_below_the_root_and_cross_mounts(void **state)
{
	struct path path;
	char buffer[64];
	const char *name;

	(void)state;
	assert_int_equal(vfs_mknod(AT_FDCWD, "/m", S_IFDIR | 0755, 0), 0);
	assert_int_equal(vfs_mount("none", "/m", "tmpfs", 0, "size=1m,mode=750"), 0);
	assert_int_equal(vfs_mknod(AT_FDCWD, "/m/in", S_IFDIR | 0755, 0), 0);
	assert_int_equal(ino_of("/m/in/../../../.."), ino_of("/"));
	assert_int_equal(ino_of("/m/.."), ino_of("/"));
	assert_int_equal(ino_of("/m/in/.././in/"), ino_of("/m/in"));
	assert_int_equal(vfs_unlink(AT_FDCWD, "/m", true), -EBUSY);
	assert_int_equal(vfs_rename(AT_FDCWD, "/m/in", AT_FDCWD, "/in", 0), -EXDEV);
	assert_int_equal(path_lookup(AT_FDCWD, "/m/in", 0, &path), 0);
	assert_int_equal(path_name(&path, false, buffer, sizeof(buffer), &name), 0);
	assert_string_equal(name, "/m/in");
	assert_int_equal(vfs_umount("/m", 0), -EBUSY);
	path_put(&path);
	assert_int_equal(vfs_umount("/m", 0), 0);
	assert_int_equal(look("/m/in", 0), -ENOENT);
	assert_int_equal(vfs_umount("/m", 0), -EINVAL);
	assert_int_equal(vfs_unlink(AT_FDCWD, "/m", true), 0);
}

static void a_deep_tree_ends_without_a_deep_stack(void **state)
{
	unsigned nr_inodes = inode_count();
	struct path cwd;

	(void)state;
	assert_int_equal(vfs_mknod(AT_FDCWD, "/deep", S_IFDIR | 0755, 0), 0);
	assert_int_equal(vfs_mount("none", "/deep", "tmpfs", 0, NULL), 0);
	assert_int_equal(path_lookup(AT_FDCWD, "/deep", 0, &cwd), 0);
	fs_context_set_cwd(fs_context_current(), &cwd);
	path_put(&cwd);
	for (int i = 0; i < 5000; i++) {
		assert_int_equal(vfs_mknod(AT_FDCWD, "x", S_IFDIR | 0755, 0), 0);
		assert_int_equal(path_lookup(AT_FDCWD, "x", 0, &cwd), 0);
		fs_context_set_cwd(fs_context_current(), &cwd);
		path_put(&cwd);
	}
	assert_int_equal(path_lookup(AT_FDCWD, "/", 0, &cwd), 0);
	fs_context_set_cwd(fs_context_current(), &cwd);
	path_put(&cwd);
	assert_int_equal(vfs_umount("/deep", 0), 0);
	assert_int_equal(vfs_unlink(AT_FDCWD, "/deep", true), 0);
	assert_int_equal(inode_count(), nr_inodes);
}

/* A name that is just being looked up when its directory goes is not kept, nor is the directory. */
static void what_a_removed_directory_knew_is_forgotten(void **state)
{
	unsigned nr_inodes = inode_count(), total, unused, now, now_unused;
	struct dentry *name;
	struct path dir;

	(void)state;
	dentry_counts(&total, &unused);
	for (int renamed = 0; renamed < 2; renamed++) {
		assert_int_equal(vfs_mknod(AT_FDCWD, "/gone", S_IFDIR | 0755, 0), 0);
		assert_int_equal(path_lookup(AT_FDCWD, "/gone", 0, &dir), 0);
		assert_int_equal(dentry_lookup(dir.dentry, "absent", 6, &name), 0);
		path_put(&dir);
		if (renamed) {
			assert_int_equal(vfs_mknod(AT_FDCWD, "/other", S_IFDIR | 0755, 0), 0);
			assert_int_equal(vfs_rename(AT_FDCWD, "/other", AT_FDCWD, "/gone", 0), 0);
		} else {
			assert_int_equal(vfs_unlink(AT_FDCWD, "/gone", true), 0);
		}
		dentry_put(name);
	}
	assert_int_equal(vfs_unlink(AT_FDCWD, "/gone", true), 0);
	dentry_counts(&now, &now_unused);
	assert_int_equal(now - now_unused, total - unused);
	assert_int_equal(inode_count(), nr_inodes);
}

static void a_view_of_a_cached_name_takes_no_reference(void **state)
{
	struct inode *inode;
	struct inode_view view;
	u32 refs;

	assert_int_equal(vfs_mknod(AT_FDCWD, "/seen", S_IFREG | 0644, 0), 0);
	assert_int_equal(path_lookup_inode(AT_FDCWD, "/seen", 0, &inode), 0);
	refs = refcount_read(&inode->refs);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(path_view_inode(AT_FDCWD, "/seen", 0, &view), 0);
		assert_ptr_equal(view.inode, inode);
		assert_int_equal(refcount_read(&inode->refs), refs + view.is_referenced);
		assert_int_equal(preempt_count(), view.is_referenced ? 0 : 1);
		/* The first may have had to ask the file system. */
		assert_true(!i || !view.is_referenced);
		inode_view_end(&view);
	}
	assert_int_equal(preempt_count(), 0);
	assert_int_equal(refcount_read(&inode->refs), refs);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(path_view_inode(AT_FDCWD, "/none", 0, &view), -ENOENT);
	assert_int_equal(preempt_count(), 0);
	inode_put(inode);
}

UNIT_MAIN(cmocka_unit_test_setup(random_operations_match_the_model, setup),
	  cmocka_unit_test_setup(a_view_of_a_cached_name_takes_no_reference, setup),
	  cmocka_unit_test_setup(links_are_followed_and_loops_end, setup),
	  cmocka_unit_test_setup(dots_stay_below_the_root_and_cross_mounts, setup),
	  cmocka_unit_test_setup(what_a_removed_directory_knew_is_forgotten, setup),
	  cmocka_unit_test_setup(a_deep_tree_ends_without_a_deep_stack, setup))
