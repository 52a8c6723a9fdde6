// SPDX-License-Identifier: MIT
/*
 * path_walk_test.c -- random paths through random trees, against a resolver that follows
 * path_resolution(7) word by word.
 *
 * Idea. A tree has directories (some that an ordinary user may not search), files, links with
 *   random text, and file systems mounted on directories. The reference has the same tree as nodes
 *   with parents and names, and resolves by recursion. Random paths with dots, dot-dots, runs of
 *   slashes and names that are too long are walked from the root and from below, as root and as an
 *   ordinary user, with and without a changed root, with a warm cache of names and with a cold one.
 *   Place and error must be the same.
 */
#include "unit_memory.h"
#include "unit_test.h"
#include "unit_vfs.h"

#include "core/errno.h"
#include "core/fast_path.h"
#include "vfs/cred.h"
#include "vfs/file/fdtable.h"
#include "vfs/inode/super.h"
#include "vfs/name/name_ops.h"

#define NR_NAMES 4
#define NODES_MAX 60
#define LINKS_MAX 40

static u64 seed = 43;

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_random(&seed) % n);
}

/* ---- the reference --------------------------------------------------------------------------- */

struct node {
	enum { DIRECTORY, PLAIN, LINK } kind;
	bool may_search;     /* a user without rights */
	struct node *parent; /* of the root of a file system: itself */
	struct node *names[NR_NAMES];
	struct node *mounted, *covers; /* another file system's root here; of a root: where it is */
	char text[64];
	u64 ino;
	const struct super *super;
};

static struct node nodes[NODES_MAX], *top, *model_root, *model_cwd;
static unsigned nr_nodes, links_followed;
static bool is_privileged;

static struct node *inside(struct node *node)
{
	while (node->mounted)
		node = node->mounted;
	return node;
}

static struct node *above(struct node *node)
{
	if (node == model_root)
		return node;
	while (node->covers && node != model_root)
		node = node->covers;
	return node == model_root ? node : inside(node->parent);
}

static int resolve(struct node **at, const char *path, unsigned flags);

/* One component, which is not the last one if @more. */
static int step(struct node **at, const char *name, size_t len, bool more, unsigned flags)
{
	struct node *child;

	if ((*at)->kind != DIRECTORY)
		return -ENOTDIR;
	if (!is_privileged && !(*at)->may_search)
		return -EACCES;
	if (len > 255)
		return -ENAMETOOLONG;
	if (len == 1 && name[0] == '.')
		return 0;
	if (len == 2 && name[0] == '.' && name[1] == '.') {
		*at = above(*at);
		return 0;
	}
	child = len == 1 && name[0] - 'a' < NR_NAMES ? (*at)->names[name[0] - 'a'] : NULL;
	if (!child)
		return -ENOENT;
	if (child->kind == LINK && (more || flags & WALK_FOLLOW)) {
		if (++links_followed > LINKS_MAX)
			return -ELOOP;
		return resolve(at, child->text, WALK_FOLLOW);
	}
	*at = inside(child);
	return 0;
}

static int resolve(struct node **at, const char *path, unsigned flags)
{
	if (*path == '/')
		*at = model_root;
	for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
		size_t len = strcspn(path, "/");
		int err = step(at, path, len, path[len] == '/', flags);

		if (err)
			return err;
		path += len;
		if (*path == '/' && (*at)->kind != DIRECTORY)
			return -ENOTDIR;
	}
	return 0;
}

static int model_lookup(const char *path, unsigned flags, struct node **out)
{
	int err;

	links_followed = 0;
	*out = model_cwd;
	if (!*path)
		return -ENOENT;
	err = resolve(out, path, flags);
	if (!err && (flags & WALK_DIRECTORY) && (*out)->kind != DIRECTORY)
		err = -ENOTDIR;
	return err;
}

/* ---- trees ----------------------------------------------------------------------------------- */

/* The path of a node from the top, by names only. */
static void name_of(const struct node *node, char *out)
{
	while (node->covers)
		node = node->covers;
	*out = '\0';
	if (node == top)
		return;
	name_of(node->parent, out);
	for (unsigned i = 0; i < NR_NAMES; i++)
		if (node->parent->names[i] == node)
			sprintf(out + strlen(out), "/%c", 'a' + i);
}

static struct node *node_new(struct node *parent)
{
	struct node *node = &nodes[nr_nodes++];

	*node = (struct node){.parent = parent ? parent : node, .may_search = true};
	return node;
}

/* What the kernel knows the node by. */
static void identify(struct node *node, const char *path)
{
	struct inode *inode;

	assert_int_equal(path_lookup_inode(AT_FDCWD, path, 0, &inode), 0);
	node->ino = inode->ino;
	node->super = inode->super;
	inode_put(inode);
}

static void random_path(char *out, unsigned components)
{
	static const char *const parts[] = {"a", "b", "c", "d", ".", "..", "..", "a", "b", "zz"};
	static const char *const slashes[] = {"/", "/", "/", "/", "//", "///"};

	*out = '\0';
	if (!pick(3))
		strcat(out, slashes[pick(6)]);
	for (unsigned i = 0; i < components; i++) {
		strcat(out, parts[pick(10)]);
		if (i + 1 < components || !pick(4))
			strcat(out, slashes[pick(6)]);
	}
}

static void make(struct node *node, const char *path)
{
	switch (node->kind) {
	case DIRECTORY:
		assert_int_equal(vfs_mknod(AT_FDCWD, path,
					   S_IFDIR | (node->may_search ? 0711 : 0700), 0),
				 0);
		break;
	case PLAIN:
		assert_int_equal(vfs_mknod(AT_FDCWD, path, S_IFREG | 0600, 0), 0);
		break;
	case LINK:
		assert_int_equal(vfs_symlink(node->text, AT_FDCWD, path), 0);
	}
	identify(node, path);
}

static void add_node(void)
{
	static const int kinds[] = {DIRECTORY, DIRECTORY, DIRECTORY, DIRECTORY, PLAIN, LINK, LINK};
	struct node *parent, *node;
	unsigned name = pick(NR_NAMES);
	char path[200];

	do
		parent = inside(&nodes[pick(nr_nodes)]);
	while (parent->kind != DIRECTORY);
	if (parent->names[name])
		return;
	node = node_new(parent);
	parent->names[name] = node;
	node->kind = kinds[pick(7)];
	node->may_search = pick(6);
	random_path(node->text, 1 + pick(3));
	name_of(node, path);
	make(node, path);
}

static struct node *mounts[4];
static unsigned nr_mounts;

static void add_mount(void)
{
	struct node *node = inside(&nodes[1 + pick(nr_nodes - 1)]), *root;
	char path[200];

	if (node->kind != DIRECTORY || nr_mounts == 4)
		return;
	for (unsigned i = 0; i < NR_NAMES; i++)
		if (node->names[i])
			return; /* no name of the tree is hidden below a mount */
	name_of(node, path);
	assert_int_equal(vfs_mount("none", path, "tmpfs", 0, "mode=711"), 0);
	root = node_new(NULL);
	root->covers = node;
	node->mounted = root;
	mounts[nr_mounts++] = root;
	identify(root, path);
}

static void grow_tree(void)
{
	nr_nodes = nr_mounts = 0;
	top = model_root = model_cwd = node_new(NULL);
	identify(top, "/");
	for (unsigned i = 0; i < 200 && nr_nodes < NODES_MAX - 4; i++) {
		add_node();
		if (!pick(12) && nr_nodes > 4)
			add_mount();
	}
}

/* Everything goes, from the leaves on. */
static void fell_tree(void)
{
	char path[200];

	while (nr_mounts) {
		struct node *root = mounts[--nr_mounts];

		name_of(root, path);
		assert_int_equal(vfs_umount(path, 0), 0);
		root->covers->mounted = NULL;
		for (unsigned i = 0; i < nr_nodes; i++)
			if (nodes[i].super == root->super)
				nodes[i].parent = NULL; /* it went with it */
	}
	for (unsigned i = nr_nodes; i-- > 1;) {
		if (!nodes[i].parent)
			continue;
		name_of(&nodes[i], path);
		assert_int_equal(vfs_unlink(AT_FDCWD, path, nodes[i].kind == DIRECTORY), 0);
	}
}

/* ---- walks ----------------------------------------------------------------------------------- */

static struct cred *ordinary;

static void walk_and_compare(const char *path, unsigned flags)
{
	struct node *wanted;
	int expected = model_lookup(path, flags, &wanted);
	struct path found;
	int err;

	unit_current_thread->cred = is_privileged ? &cred_root : ordinary;
	err = path_lookup(AT_FDCWD, path, flags, &found);
	unit_current_thread->cred = &cred_root;
	if (err != expected)
		fail_msg("%s (flags %u): %d, not %d", path, flags, err, expected);
	if (err)
		return;
	if (found.dentry->inode->ino != wanted->ino || found.dentry->inode->super != wanted->super)
		fail_msg("%s (flags %u): another place", path, flags);
	path_put(&found);
}

/* Some directory, by its names from the top. */
static struct node *random_directory(struct path *out)
{
	struct node *node;
	char name[200];

	do
		node = inside(&nodes[pick(nr_nodes)]);
	while (node->kind != DIRECTORY);
	name_of(node, name);
	assert_int_equal(path_lookup(AT_FDCWD, *name ? name : "/", 0, out), 0);
	return node;
}

/* Another working directory, and sometimes another root: the one need not be in the other. */
static void move(const struct path *real_root)
{
	struct path root = *real_root, cwd;

	fs_context_set_root(&fs_context_kernel, real_root);
	model_root = top;
	model_cwd = random_directory(&cwd);
	fs_context_set_cwd(&fs_context_kernel, &cwd);
	path_put(&cwd);
	if (pick(3))
		return;
	model_root = random_directory(&root);
	fs_context_set_root(&fs_context_kernel, &root);
	path_put(&root);
}

static void random_walk(void)
{
	static const unsigned flags[] = {0, WALK_FOLLOW, WALK_FOLLOW | WALK_DIRECTORY,
					 WALK_DIRECTORY};
	char path[600];

	random_path(path, pick(pick(20) ? 6 : 40));
	if (!pick(50)) {
		size_t len = strlen(path), longer = 250 + pick(10);

		memset(path + len, 'a', longer);
		path[len + longer] = '\0';
	}
	is_privileged = pick(2);
	fast_paths_off = pick(2) ? ~0U : 0;
	if (!pick(10))
		dentry_shrink(pick(2) ? ~0U : pick(20));
	walk_and_compare(path, flags[pick(ARRAY_SIZE(flags))]);
}

static void paths_lead_where_the_manual_says(void **state)
{
	unsigned nr_inodes = inode_count();
	struct path real_root;

	(void)state;
	assert_int_equal(path_lookup(AT_FDCWD, "/", 0, &real_root), 0);
	for (unsigned round = 0; round < 20; round++) {
		grow_tree();
		for (unsigned i = 0; i < 1000; i++) {
			if (!pick(20))
				move(&real_root);
			random_walk();
		}
		fs_context_set_root(&fs_context_kernel, &real_root);
		fs_context_set_cwd(&fs_context_kernel, &real_root);
		model_root = model_cwd = top;
		fell_tree();
		assert_int_equal(inode_count(), nr_inodes);
	}
	path_put(&real_root);
}

static int setup(void **state)
{
	(void)state;
	unit_vfs_init(MIB(16), 0, 0);
	ordinary = cred_copy(&cred_root);
	ordinary->fsuid = ordinary->fsgid = 1000;
	ordinary->cap_effective = 0;
	return 0;
}

UNIT_MAIN(cmocka_unit_test_setup(paths_lead_where_the_manual_says, setup))
