// SPDX-License-Identifier: MIT
/*
 * devfs.c -- /dev.
 *
 * Idea.  One super of the tmpfs kind. The first mount fills it with a node for each named device
 *   and each disk; each character device that is registered later is added. Programs may add and
 *   remove names as anywhere else.
 * Locks.  instance_lock, then the root's inode lock (and the sub-directory's) for each node that is
 *   added.
 */
#include "fs/devfs/devfs.h"

#include "block/block_device.h"
#include "core/assert.h"
#include "core/errno.h"
#include "core/log.h"
#include "fs/tmpfs/tmpfs.h"
#include "lib/string.h"
#include "sched/mutex.h"
#include "vfs/inode/device_number.h"

#include <linux/magic.h>

static struct super *instance; /* [instance_lock] NULL before the first mount */
static struct mutex instance_lock;

/* Get the directory @name of @dir, made if absent; referenced. */
static int sub_directory(struct inode *dir, const char *name, size_t len, mode_t mode,
			 struct inode **out)
{
	int err;

	mutex_lock(&dir->lock);
	err = dir->ops->lookup(dir, name, len, out);
	if (err == -ENOENT)
		err = dir->ops->create(dir, name, len, S_IFDIR | mode, 0, out);
	mutex_unlock(&dir->lock);
	if (!err && !S_ISDIR((*out)->mode)) {
		inode_put(*out);
		err = -ENOTDIR;
	}
	return err;
}

static int add_node(struct inode *dir, const char *name, mode_t mode, dev_t device)
{
	struct inode *inode;
	int err;

	debug_assert(S_ISDIR(dir->mode));
	mutex_lock(&dir->lock);
	err = dir->ops->create(dir, name, strlen(name), mode, device, &inode);
	mutex_unlock(&dir->lock);
	if (!err)
		inode_put(inode);
	return err;
}

/* @mode has the type: S_IFCHR or S_IFBLK. */
static void add_device(const char *name, dev_t device, mode_t mode) REQUIRES(instance_lock)
{
	struct inode *dir = instance->root, *sub;
	const char *slash;
	int err = 0;

	assert_mutex_held(&instance_lock);
	inode_get(dir);
	while ((slash = strchr(name, '/')) != NULL && !err) {
		err = sub_directory(dir, name, (size_t)(slash - name), 0755, &sub);
		if (!err) {
			inode_put(dir);
			dir = sub;
			name = slash + 1;
		}
	}
	if (!err)
		err = add_node(dir, name, mode, device);
	inode_put(dir);
	if (err)
		log_warn("cannot create /dev/%s: error %d", name, -err);
}

static void device_added(const char *name, dev_t device, mode_t mode)
{
	mutex_lock(&instance_lock);
	if (instance)
		add_device(name, device, S_IFCHR | (mode & 07777));
	mutex_unlock(&instance_lock);
}

static void add_link(const char *name, const char *target) REQUIRES(instance_lock)
{
	struct inode *dir = instance->root, *inode;
	int err;

	assert_mutex_held(&instance_lock);
	mutex_lock(&dir->lock);
	err = dir->ops->symlink(dir, name, strlen(name), target, &inode);
	mutex_unlock(&dir->lock);
	if (err)
		log_warn("cannot create /dev/%s: error %d", name, -err);
	else
		inode_put(inode);
}

static void fill(void) REQUIRES(instance_lock)
{
	static const char *const links[][2] = {
		{"fd", "/proc/self/fd"},
		{"stdin", "/proc/self/fd/0"},
		{"stdout", "/proc/self/fd/1"},
		{"stderr", "/proc/self/fd/2"},
	};
	struct block_view view;
	struct inode *dir;
	const char *name;
	dev_t device;
	mode_t mode;

	assert_mutex_held(&instance_lock);
	for (unsigned i = 0; char_device_at(i, &name, &device, &mode); i++)
		add_device(name, device, S_IFCHR | (mode & 07777));
	/* Only root may read a disk past the rights of its files. */
	for (unsigned i = 0; block_device_view(i, &view); i++)
		add_device(view.name, view.device, S_IFBLK | 0660);
	for (unsigned i = 0; i < ARRAY_SIZE(links); i++)
		add_link(links[i][0], links[i][1]);
	if (sub_directory(instance->root, "shm", 3, 01777, &dir) == 0)
		inode_put(dir);
	if (sub_directory(instance->root, "pts", 3, 0755, &dir) == 0)
		inode_put(dir);
}

static int devfs_mount(const struct file_system *type, const char *source, const char *options,
		       struct super **out)
{
	struct tmpfs_limits limits = {0, 0};
	int err = 0;

	(void)source;
	(void)options;
	mutex_lock(&instance_lock);
	if (!instance) {
		err = tmpfs_super_create(type, &limits, 0755, &instance);
		if (!err) {
			instance->shared_instance = true;
			fill();
		}
	}
	if (!err) {
		super_get(instance);
		*out = instance;
	}
	mutex_unlock(&instance_lock);
	return err;
}

/* [types_lock] its place in the list */
static struct file_system devfs_type = {
	.name = "devtmpfs", .magic = TMPFS_MAGIC, .mount = devfs_mount};

void devfs_init(void)
{
	mutex_init(&instance_lock, rename); /* its rank is before that of the inodes' locks */
	file_system_register(&devfs_type);
	char_device_set_listener(device_added);
}
