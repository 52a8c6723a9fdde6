// SPDX-License-Identifier: MIT
/*
 * tmpfs.c -- supers and inodes of the file system in memory.
 *
 * Idea.  Nothing is stored elsewhere: a directory's names hold its inodes, and a regular file's
 *   page cache is the file. So an inode lives while it has a name or a user, and the limits of a
 *   file system (size=, nr_inodes=) are two counts in its super.
 * Invariants.
 *   I1  nr_inodes is the number of inodes, those that are being made included. One is counted
 *       before it is made; the destroy hook, which also ends one that was made in part, takes it
 *       off. For pages see P1 of tmpfs_regular.c.
 * Ownership.  A name holds its inode; the super holds the root. Unmounting puts the root, whose end
 *   puts what it names, and so on.
 * Locks.  None: the counts are atomic.
 * Tests.  name_ops_test.c; tests/guest/file/file_allocate.c.
 * See also.  tmpfs_dir.c (names), tmpfs_regular.c (contents).
 */
#include "fs/tmpfs/tmpfs.h"

#include "core/assert.h"
#include "core/errno.h"
#include "core/shortage.h"
#include "fs/tmpfs/tmpfs_internal.h"
#include "lib/fmt.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "mm/kmalloc.h"

#include <asm/statfs.h>
#include <linux/magic.h>

/* ---- inodes ---- */

static ssize_t tmpfs_readlink(struct inode *inode, char *buffer, size_t size)
{
	size_t len = min((size_t)inode->size_bytes, size);

	memcpy(buffer, inode->data, len);
	return (ssize_t)len;
}

static const struct inode_ops link_inode_ops = {.readlink = tmpfs_readlink};
static const struct inode_ops regular_inode_ops = {.setattr = tmpfs_setattr};
static const struct inode_ops special_inode_ops;

static struct inode *inode_of_type(struct super *super, mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return inode_alloc(super, mode, &tmpfs_dir_inode_ops, &tmpfs_dir_file_ops);
	case S_IFREG:
		return inode_alloc(super, mode, &regular_inode_ops, &tmpfs_regular_file_ops);
	case S_IFLNK:
		return inode_alloc(super, mode, &link_inode_ops, NULL);
	default:
		return inode_alloc(super, mode, &special_inode_ops, NULL);
	}
}

int tmpfs_inode_create(struct super *super, mode_t mode, dev_t device, struct inode **out)
{
	struct tmpfs_super *data = super->data;
	struct inode *inode;
	int err = 0;

	if (__atomic_add_fetch(&data->nr_inodes, 1, __ATOMIC_RELAXED) > data->max_inodes) {
		shortage_note(SHORTAGE_DISK);
		err = -ENOSPC;
		goto out_uncount;
	}
	inode = inode_of_type(super, mode);
	if (!inode) {
		err = -ENOMEM;
		goto out_uncount;
	}
	inode->device = device;
	if (S_ISDIR(mode)) {
		inode->data = tmpfs_dir_create();
		inode->nr_links = 2;
		inode->size_bytes = 40;
		err = inode->data ? 0 : -ENOMEM;
	} else if (S_ISREG(mode)) {
		err = tmpfs_regular_init(inode);
	}
	if (err) {
		inode_put(inode); /* its destroy hook takes it off the count */
		return err;
	}
	*out = inode;
	return 0;
out_uncount:
	__atomic_fetch_sub(&data->nr_inodes, 1, __ATOMIC_RELAXED);
	return err;
}

int tmpfs_create_nameless(struct super *super, mode_t mode, struct inode **out)
{
	int err = tmpfs_inode_create(super, mode, 0, out);

	if (!err)
		(*out)->nr_links = 0;
	return err;
}

static void tmpfs_destroy_inode(struct inode *inode)
{
	debug_assert(READ_ONCE(tmpfs_super_of(inode)->nr_inodes));
	if (S_ISDIR(inode_mode(inode)) && inode->data)
		tmpfs_dir_destroy(inode->data);
	else if (S_ISREG(inode_mode(inode)) && inode->object)
		tmpfs_regular_destroy(inode);
	else if (S_ISLNK(inode_mode(inode)))
		kfree(inode->data);
	__atomic_fetch_sub(&tmpfs_super_of(inode)->nr_inodes, 1, __ATOMIC_RELAXED);
}

/* ---- supers ---- */

static int tmpfs_statfs(struct super *super, struct statfs *out)
{
	struct tmpfs_super *data = super->data;
	u64 nr_pages = __atomic_load_n(&data->nr_pages, __ATOMIC_RELAXED);
	u64 nr_inodes = __atomic_load_n(&data->nr_inodes, __ATOMIC_RELAXED);

	out->f_blocks = (long)data->max_pages;
	out->f_bfree = out->f_bavail =
		(long)(data->max_pages > nr_pages ? data->max_pages - nr_pages : 0);
	out->f_files = (long)data->max_inodes;
	out->f_ffree = (long)(data->max_inodes > nr_inodes ? data->max_inodes - nr_inodes : 0);
	return 0;
}

static size_t tmpfs_show_options(struct super *super, char *buffer, size_t size)
{
	struct tmpfs_super *data = super->data;

	return kscnprintf(buffer, size, ",size=%luk,nr_inodes=%lu,mode=%o",
			  data->max_pages * (PAGE_SIZE / 1024), data->max_inodes,
			  super->root->mode & 07777);
}

/* The super is freed after its last inode, and with that the last user of this. */
static void tmpfs_free_super(struct super *super)
{
	struct tmpfs_super *data = super->data;

	debug_assert(!data->nr_inodes && !data->nr_pages); /* P1 */
	kfree(data);
}

static const struct super_ops tmpfs_super_ops = {
	.destroy_inode = tmpfs_destroy_inode,
	.statfs = tmpfs_statfs,
	.allocate = tmpfs_allocate,
	.show_options = tmpfs_show_options,
	.free = tmpfs_free_super,
};

static u64 half_of_memory(void)
{
	struct page_counts counts;

	page_alloc_counts(&counts);
	return counts.total / 2;
}

int tmpfs_super_create(const struct file_system *type, const struct tmpfs_limits *limits,
		       mode_t root_mode, struct super **out)
{
	struct tmpfs_super *data = kzalloc(sizeof(*data), 0);
	struct super *super;
	int err;

	if (!data)
		return -ENOMEM;
	spin_lock_init(&data->lock, leaf);
	data->max_pages = limits->max_pages ? limits->max_pages : half_of_memory();
	data->max_inodes = limits->max_inodes ? limits->max_inodes : half_of_memory();
	super = super_alloc(type, &tmpfs_super_ops);
	if (!super) {
		kfree(data);
		return -ENOMEM;
	}
	super->data = data;
	err = tmpfs_inode_create(super, S_IFDIR | root_mode, 0, &super->root);
	if (err) {
		super->root = NULL;
		super_put(super);
		return err;
	}
	*out = super;
	return 0;
}

/* ---- mount options ---- */

struct tmpfs_options {
	struct tmpfs_limits limits;
	u64 mode;
	u32 uid, gid;
};

static int parse_size_option(const char *value, u64 *pages)
{
	size_t len = strlen(value);
	u64 number;
	int err;

	if (len > 1 && value[len - 1] == '%') {
		const char *end;

		err = parse_u64_prefix(value, 10, &number, &end);
		if (err || *end != '%' || number > 1000)
			return -EINVAL;
		*pages = half_of_memory() * 2 * number / 100;
		return 0;
	}
	err = parse_size(value, &number);
	if (!err) /* div_round_up() would wrap for a size near 2^64 */
		*pages = number / PAGE_SIZE + !!(number % PAGE_SIZE);
	return err;
}

/* Not -1, which means no user or group. */
static int parse_id(const char *value, u32 *id)
{
	u64 number;

	if (parse_u64(value, 10, &number) || number >= UINT32_MAX)
		return -EINVAL;
	*id = (u32)number;
	return 0;
}

static int parse_option(const char *name, const char *value, struct tmpfs_options *options)
{
	if (!strcmp(name, "size"))
		return parse_size_option(value, &options->limits.max_pages);
	if (!strcmp(name, "nr_blocks"))
		return parse_size(value, &options->limits.max_pages);
	if (!strcmp(name, "nr_inodes"))
		return parse_size(value, &options->limits.max_inodes);
	if (!strcmp(name, "mode"))
		return parse_u64(value, 8, &options->mode);
	if (!strcmp(name, "uid"))
		return parse_id(value, &options->uid);
	if (!strcmp(name, "gid"))
		return parse_id(value, &options->gid);
	return !strcmp(name, "huge") || !strcmp(name, "mpol") ? 0 : -EINVAL;
}

static int parse_options(const char *text, struct tmpfs_options *options)
{
	char word[80], *value;

	while (*text) {
		size_t len = 0;
		int err;

		while (text[len] && text[len] != ',')
			len++;
		if (len) {
			if (len >= sizeof(word))
				return -EINVAL;
			memcpy(word, text, len);
			word[len] = '\0';
			value = strchr(word, '=');
			if (value)
				*value++ = '\0';
			err = parse_option(word, value ? value : "", options);
			if (err)
				return -EINVAL;
		}
		text += len;
		if (*text == ',')
			text++;
	}
	return 0;
}

static int tmpfs_mount(const struct file_system *type, const char *source, const char *text,
		       struct super **out)
{
	struct tmpfs_options options = {.mode = 01777};
	int err = parse_options(text, &options);

	(void)source;
	if (err)
		return err;
	err = tmpfs_super_create(type, &options.limits, (mode_t)options.mode & 07777, out);
	if (err)
		return err;
	(*out)->root->uid = options.uid;
	(*out)->root->gid = options.gid;
	return 0;
}

static int rootfs_mount(const struct file_system *type, const char *source, const char *text,
			struct super **out)
{
	struct tmpfs_limits limits = {0, 0};

	(void)source;
	(void)text;
	return tmpfs_super_create(type, &limits, 0755, out);
}

/* [types_lock] its place in the list */
static struct file_system tmpfs_type = {
	.name = "tmpfs", .magic = TMPFS_MAGIC, .mount = tmpfs_mount};
/* [types_lock] its place in the list */
static struct file_system ramfs_type = {
	.name = "ramfs", .magic = RAMFS_MAGIC, .mount = tmpfs_mount};
/* [types_lock] its place in the list */
static struct file_system rootfs_type = {
	.name = "rootfs", .magic = TMPFS_MAGIC, .mount = rootfs_mount};

void tmpfs_init(void)
{
	tmpfs_dir_caches_init();
	file_system_register(&tmpfs_type);
	file_system_register(&ramfs_type);
	file_system_register(&rootfs_type);
}
