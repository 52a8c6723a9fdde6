// SPDX-License-Identifier: MIT
/*
 * mount.c -- the tree of mounts.
 *
 * Idea.  A mount shows one directory of a file system (mostly its root) at a place of another
 *   mount. Several may show the same file system (bind mounts). A dentry knows what is mounted on
 *   it; which of these counts depends on the mount through which one comes.
 * Invariants.
 *   M1  mount->parent, mountpoint, next_here and dentry->mounted change only with mount_lock and
 *       dentry_lock held.
 *   M2  An attached mount has one reference from the tree, and holds one on its parent and on its
 *       mountpoint.
 *   M3  refs goes to 0 only under dentry_lock and only when detached, so a walk may look at what it
 *       reaches.
 * Ownership.  The last mount of a super ends the super, unless it is a shared instance.
 * Locks.  mount_lock, then dentry_lock. References are put without them.
 * Tests.  name_ops_test.c.
 */
#include "vfs/mount.h"

#include "core/errno.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "vfs/path_walk.h"

#include <linux/fcntl.h>
#include <linux/fs.h>

#define MOUNT_FLAGS_KEPT                                                                           \
	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME)
#define MOUNT_PROPAGATION (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)
#define UMOUNT_FORCE 1
#define UMOUNT_DETACH 2
#define UMOUNT_EXPIRE 4
#define UMOUNT_NO_FOLLOW 8

static struct spinlock mount_lock = SPINLOCK_INIT(mount);
static struct list_node mounts = LIST_INIT(mounts); /* [mount_lock] oldest first */
static int last_id;				    /* [mount_lock] */

/* ---- making and ending ---- */

/* A detached mount of @super at @root (NULL: its root). The caller's reference on @super goes over
 * when 0. */
static int mount_new(struct super *super, struct dentry *root, u32 flags, struct mount **out)
{
	struct mount *mount = kzalloc(sizeof(*mount), 0);

	if (!mount)
		return -ENOMEM;
	if (!root && !super->root_dentry) {
		inode_get(super->root);
		super->root_dentry = dentry_create_root(super->root);
		if (!super->root_dentry) {
			kfree(mount);
			return -ENOMEM;
		}
	}
	mount->super = super;
	mount->root = root ? root : super->root_dentry;
	dentry_get(mount->root);
	mount->flags = flags & MOUNT_FLAGS_KEPT;
	mount->refs = 1;
	list_init(&mount->node);
	spin_lock(&mount_lock);
	super->nr_mounts++;
	mount->id = ++last_id;
	spin_unlock(&mount_lock);
	*out = mount;
	return 0;
}

static void mount_end(struct mount *mount)
{
	struct super *super = mount->super;
	bool is_last;

	dentry_put(mount->root);
	kfree(mount);
	spin_lock(&mount_lock);
	is_last = --super->nr_mounts == 0;
	spin_unlock(&mount_lock);
	if (super->shared_instance) {
		super_put(super);
	} else if (is_last) {
		dentry_forget_tree(super->root_dentry);
		dentry_put(super->root_dentry);
		super_destroy(super);
	}
}

void mount_put(struct mount *mount)
{
	u32 refs = __atomic_load_n(&mount->refs, __ATOMIC_RELAXED);
	bool ended;

	while (refs > 1)
		if (__atomic_compare_exchange_n(&mount->refs, &refs, refs - 1, false,
						__ATOMIC_RELEASE, __ATOMIC_RELAXED))
			return;
	spin_lock(&dentry_lock); /* M3 */
	ended = __atomic_sub_fetch(&mount->refs, 1, __ATOMIC_ACQ_REL) == 0;
	spin_unlock(&dentry_lock);
	if (ended)
		mount_end(mount);
}

/* ---- the tree ---- */

bool mount_cross_up(struct path *path)
{
	struct mount *mount = path->mount;

	if (!mount->parent)
		return false;
	path->dentry = mount->mountpoint;
	path->mount = mount->parent;
	return true;
}

bool path_is_mountpoint(const struct path *path)
{
	struct path place = *path;
	bool crossed;

	spin_lock(&dentry_lock);
	crossed = mount_cross_down(&place);
	spin_unlock(&dentry_lock);
	return crossed;
}

/* Put @mount at @place, handing the caller's reference on it to the tree. */
static int attach(struct mount *mount, const struct path *place)
{
	int err = 0;

	if (S_ISDIR(mount->root->inode->mode) != S_ISDIR(place->dentry->inode->mode))
		return -ENOTDIR;
	spin_lock(&mount_lock);
	spin_lock(&dentry_lock);
	if (place->dentry->flags & DENTRY_DELETED) {
		err = -ENOENT;
	} else {
		path_get(place); /* M2 */
		mount->parent = place->mount;
		mount->mountpoint = place->dentry;
		mount->next_here = place->dentry->mounted;
		place->dentry->mounted = mount;
		place->dentry->flags |= DENTRY_MOUNTED;
		if (list_is_empty(&mount->node))
			list_add_last(&mounts, &mount->node);
	}
	spin_unlock(&dentry_lock);
	spin_unlock(&mount_lock);
	return err;
}

/* Take @mount from its place; what it held there comes back in *place. Locks: both held. M1 */
static void detach_locked(struct mount *mount, struct path *place)
{
	struct mount **link = &mount->mountpoint->mounted;

	while (*link != mount)
		link = &(*link)->next_here;
	*link = mount->next_here;
	if (!mount->mountpoint->mounted)
		mount->mountpoint->flags &= (u16)~DENTRY_MOUNTED;
	place->mount = mount->parent;
	place->dentry = mount->mountpoint;
	mount->next_here = NULL;
	mount->parent = NULL;
	mount->mountpoint = NULL;
}

static bool is_below(const struct mount *mount, const struct mount *top)
{
	for (; mount; mount = mount->parent)
		if (mount == top)
			return true;
	return false;
}

/* Detach one mount of the tree under @top that has none below it. False: @top itself was the last.
 * */
static bool detach_one_below(struct mount *top)
{
	struct mount *mount, *victim = top;
	struct path place;
	bool deeper;

	spin_lock(&mount_lock);
	do {
		deeper = false;
		list_for_each_entry(mount, &mounts, node) {
			if (mount != victim && is_below(mount, victim)) {
				victim = mount;
				deeper = true;
			}
		}
	} while (deeper);
	spin_lock(&dentry_lock);
	detach_locked(victim, &place);
	list_remove_init(&victim->node);
	spin_unlock(&dentry_lock);
	spin_unlock(&mount_lock);
	path_put(&place);
	mount_put(victim);
	return victim != top;
}

/* ---- mount(2) ---- */

static int mount_type(const char *source, const char *type_name, const char *options,
		      unsigned long flags, struct mount **out)
{
	struct file_system *type = type_name ? file_system_find(type_name) : NULL;
	struct super *super;
	int err;

	if (!type)
		return type_name ? -ENODEV : -EINVAL;
	if (type->needs_device && !source)
		return -EINVAL;
	err = type->mount(type, source, options ? options : "", &super);
	if (err)
		return err;
	if (!super->source[0])
		ignore_result(strscpy(super->source, source && *source ? source : "none",
				      sizeof(super->source)) < 0,
			      "a name for people may be cut");
	err = mount_new(super, NULL, (u32)flags, out);
	if (err && super->shared_instance)
		super_put(super);
	else if (err)
		super_destroy(super);
	return err;
}

static int mount_new_at(const char *source, const struct path *place, const char *type,
			unsigned long flags, const char *options)
{
	struct mount *mount;
	int err = mount_type(source, type, options, flags, &mount);

	if (err)
		return err;
	/* The same once more on top of itself would only hide it: mount(2), EBUSY. */
	if (place->dentry == place->mount->root && place->mount->super == mount->super)
		err = -EBUSY;
	else
		err = attach(mount, place);
	if (err)
		mount_put(mount);
	return err;
}

static int mount_bind(const char *source, const struct path *place)
{
	struct mount *mount;
	struct path from;
	int err;

	if (!source)
		return -EINVAL;
	err = path_lookup(AT_FDCWD, source, WALK_FOLLOW, &from);
	if (err)
		return err;
	if (from.mount->super->shared_instance)
		super_get(from.mount->super);
	err = mount_new(from.mount->super, from.dentry, from.mount->flags, &mount);
	if (err && from.mount->super->shared_instance)
		super_put(from.mount->super);
	if (!err) {
		err = attach(mount, place);
		if (err)
			mount_put(mount);
	}
	path_put(&from);
	return err;
}

static int mount_move(const char *source, const struct path *place)
{
	struct path from, old = {NULL, NULL};
	int err;

	if (!source)
		return -EINVAL;
	err = path_lookup(AT_FDCWD, source, WALK_FOLLOW, &from);
	if (err)
		return err;
	spin_lock(&mount_lock);
	spin_lock(&dentry_lock);
	if (from.dentry != from.mount->root || !from.mount->parent)
		err = -EINVAL;
	else if (is_below(place->mount, from.mount))
		err = -ELOOP;
	else
		detach_locked(from.mount, &old);
	spin_unlock(&dentry_lock);
	spin_unlock(&mount_lock);
	if (!err) {
		err = attach(from.mount, place);
		if (err)
			ignore_result(attach(from.mount, &old),
				      "back to where it was; if that is gone, too, so be it");
		path_put(&old);
	}
	path_put(&from);
	return err;
}

static int mount_change(const struct path *place, unsigned long flags)
{
	if (place->dentry != place->mount->root)
		return -EINVAL;
	if (flags & MS_REMOUNT)
		__atomic_store_n(&place->mount->flags, (u32)flags & MOUNT_FLAGS_KEPT,
				 __ATOMIC_RELAXED);
	return 0;
}

int vfs_mount(const char *source, const char *target, const char *type, unsigned long flags,
	      const char *options)
{
	struct path place;
	int err = path_lookup(AT_FDCWD, target, WALK_FOLLOW, &place);

	if (err)
		return err;
	if (flags & (MS_REMOUNT | MOUNT_PROPAGATION))
		err = mount_change(&place, flags);
	else if (flags & MS_BIND)
		err = mount_bind(source, &place);
	else if (flags & MS_MOVE)
		err = mount_move(source, &place);
	else
		err = mount_new_at(source, &place, type, flags, options);
	path_put(&place);
	return err;
}

int vfs_mount_root(const char *type, struct path *out)
{
	struct mount *mount;
	/* Not "rootfs" by that name, too: df and others leave such a line of /proc/mounts out. */
	int err = mount_type("tmpfs", type, NULL, 0, &mount);

	if (err)
		return err;
	spin_lock(&mount_lock);
	list_add_last(&mounts, &mount->node);
	spin_unlock(&mount_lock);
	out->mount = mount;
	out->dentry = mount->root;
	path_get(out);
	return 0;
}

int vfs_mount_internal(const char *type, struct mount **out)
{
	return mount_type("none", type, NULL, 0, out);
}

/* ---- umount2(2) ---- */

int vfs_umount(const char *target, int flags)
{
	struct path place, above;
	struct mount *mount;
	int err;

	if (flags & ~(UMOUNT_FORCE | UMOUNT_DETACH | UMOUNT_EXPIRE | UMOUNT_NO_FOLLOW))
		return -EINVAL;
	err = path_lookup(AT_FDCWD, target, flags & UMOUNT_NO_FOLLOW ? 0 : WALK_FOLLOW, &place);
	if (err)
		return err;
	mount = place.mount;
	if (place.dentry != mount->root || !mount->parent) {
		err = place.dentry != mount->root ? -EINVAL : -EBUSY;
		path_put(&place);
		return err;
	}
	dentry_put(place.dentry);
	if (flags & UMOUNT_DETACH) {
		while (detach_one_below(mount))
			;
		mount_put(mount);
		return 0;
	}
	spin_lock(&mount_lock);
	spin_lock(&dentry_lock);
	if (!mount->parent)
		err = -EINVAL;
	else if (__atomic_load_n(&mount->refs, __ATOMIC_RELAXED) > 2) /* the tree's and ours */
		err = -EBUSY;
	else
		detach_locked(mount, &above);
	if (!err)
		list_remove_init(&mount->node);
	spin_unlock(&dentry_lock);
	spin_unlock(&mount_lock);
	if (!err) {
		path_put(&above);
		mount_put(mount);
	}
	mount_put(mount);
	return err;
}

/* ---- all of them ---- */

/* The mount with the lowest id above @id, referenced; NULL. */
static struct mount *mount_after(int id)
{
	struct mount *mount, *best = NULL;

	spin_lock(&mount_lock);
	list_for_each_entry(mount, &mounts, node)
		if (mount->id > id && (!best || mount->id < best->id))
			best = mount;
	if (best)
		mount_get(best);
	spin_unlock(&mount_lock);
	return best;
}

void vfs_for_each_mount(void (*emit)(struct mount *mount, void *data), void *data)
{
	struct mount *mount;
	int id = 0;

	while ((mount = mount_after(id)) != NULL) {
		id = mount->id;
		emit(mount, data);
		mount_put(mount);
	}
}

static void sync_one(struct mount *mount, void *data)
{
	(void)data;
	if (mount->super->ops->sync)
		ignore_result(mount->super->ops->sync(mount->super), "sync(2) reports no errors");
}

void vfs_sync_all(void)
{
	vfs_for_each_mount(sync_one, NULL);
}
