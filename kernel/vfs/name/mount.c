// SPDX-License-Identifier: MIT
/*
 * mount.c -- the tree of mounts.
 *
 * Idea.  A mount shows one directory of a file system (mostly its root) at a place in another
 *   mount. Several mounts may show the same file system (bind mounts). A dentry knows what is
 *   mounted on it; which of these mounts applies depends on the mount from which the walk comes.
 * Invariants.
 *   M1  mount->parent, mountpoint, next_here and dentry->mounted change only with mount_lock and
 *       dentry_lock held, while the count of changes is odd (dentry_change.c, C1).
 *   M2  The tree holds one reference on each attached mount, which holds one on its parent and one
 *       on its mountpoint.
 *   M3  A mount ends only under dentry_lock and only when it is detached (mount_refs.h), so a walk
 *       with the lock may use every mount that it reaches. Without the lock it takes a reference,
 *       and only then asks whether anything has changed; if so, it gives it back in its section.
 *   M4  A mount is attached, the root included, exactly when it is in `mounts`. A mount is attached
 *       only to one that is attached: so a detached mount has nothing below it, and is freed with
 *       its last reference.
 *   M5  The check of a mount's place and the change that the check allows are one critical section
 *       of both locks: another thread may detach the mount whenever they are free.
 *   M6  The memory of a mount stays until the read sections that may have found it have ended
 *       (sched/epoch.h).
 * Ownership.  The last mount of a super ends the super, unless it is a shared instance.
 * Locks.  mount_lock, then dentry_lock. References are put without them.
 * Tests.  name_ops_test.c, tests/guest/file/mount_race.c.
 */
#include "vfs/name/mount.h"

#include "core/assert.h"
#include "core/errno.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "vfs/name/path_walk.h"

#include <linux/fcntl.h>
#include <linux/fs.h>

#define MOUNT_FLAGS_KEPT                                                                           \
	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME)
#define MOUNT_PROPAGATION (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)
#define MOUNTS_MAX 2048U /* so that loops over mounts under the locks are short */
#define UMOUNT_FORCE 1
#define UMOUNT_DETACH 2
#define UMOUNT_EXPIRE 4
#define UMOUNT_NO_FOLLOW 8

static struct spinlock mount_lock = SPINLOCK_INIT(mount);
static struct list_node mounts = LIST_INIT(mounts); /* [mount_lock] oldest first */
static unsigned nr_mounts;			    /* [mount_lock] attached or not */
static int last_id;				    /* [mount_lock] */

/* ---- making and ending ---- */

/* Make the dentry that all mounts of @super share. The caller has a reference on @super. */
static int root_dentry_make(struct super *super)
{
	struct dentry *fresh;
	bool is_first = false;

	if (__atomic_load_n(&super->root_dentry, __ATOMIC_ACQUIRE))
		return 0;
	inode_get(super->root);
	fresh = dentry_create_root(super->root);
	if (!fresh)
		return -ENOMEM;
	spin_lock(&mount_lock);
	if (!super->root_dentry) {
		/* Pairs with the load above: a mount that sees the dentry sees it initialised. */
		__atomic_store_n(&super->root_dentry, fresh, __ATOMIC_RELEASE);
		is_first = true;
	}
	spin_unlock(&mount_lock);
	if (!is_first)
		dentry_put(fresh);
	return 0;
}

/* Count a mount that is to be made; false: there are too many. */
static bool mount_count(void)
{
	bool ok;

	spin_lock(&mount_lock);
	ok = nr_mounts < MOUNTS_MAX;
	if (ok)
		nr_mounts++;
	spin_unlock(&mount_lock);
	return ok;
}

static void mount_uncount(void)
{
	spin_lock(&mount_lock);
	nr_mounts--;
	spin_unlock(&mount_lock);
}

/*
 * Make a detached mount of @super that shows @root (NULL: the root of @super). With 0 it takes over
 * the caller's reference on @super.
 */
static int mount_new(struct super *super, struct dentry *root, u32 flags, struct mount **out)
{
	int err = epoch_throttle(); /* M6 */
	struct mount *mount;

	if (err)
		return err;
	if (!mount_count())
		return -ENOSPC;
	mount = kzalloc(sizeof(*mount) + mount_refs_size(), 0);
	if (!mount || (!root && root_dentry_make(super))) {
		kfree(mount);
		mount_uncount();
		return -ENOMEM;
	}
	mount->super = super;
	mount->root = root ? root : super->root_dentry;
	dentry_get(mount->root);
	mount->flags = flags & MOUNT_FLAGS_KEPT;
	mount_refs_init(&mount->refs);
	list_init(&mount->node);
	list_init(&mount->children);
	list_init(&mount->sibling);
	spin_lock(&mount_lock);
	super->nr_mounts++;
	mount->id = ++last_id;
	spin_unlock(&mount_lock);
	*out = mount;
	return 0;
}

static void free_memory(struct epoch_item *item)
{
	kfree(container_of(item, struct mount, epoch));
}

static void mount_end(struct mount *mount)
{
	struct super *super = mount->super;
	bool is_last;

	debug_assert(!mount->parent && list_is_empty(&mount->node)); /* M3, M4 */
	dentry_put(mount->root);
	epoch_call(&mount->epoch, free_memory); /* M6 */
	spin_lock(&mount_lock);
	is_last = --super->nr_mounts == 0;
	nr_mounts--;
	spin_unlock(&mount_lock);
	if (super->shared_instance) {
		super_put(super);
	} else if (is_last) {
		dentry_forget_tree(super->root_dentry);
		dentry_put(super->root_dentry);
		super_destroy(super);
	}
}

void mount_put_found(struct mount *mount)
{
	bool ended = false;

	if (unlikely(mount_refs_drop(&mount->refs))) {
		spin_lock(&dentry_lock); /* M3 */
		ended = mount_refs_end(&mount->refs);
		spin_unlock(&dentry_lock);
	}
	epoch_read_end();
	if (unlikely(ended))
		mount_end(mount);
}

void mount_put(struct mount *mount)
{
	epoch_read_begin();
	mount_put_found(mount);
}

/* ---- the tree ---- */

/* Both locks, and the count of changes. M1 */
static void tree_change_begin(void) ACQUIRES(mount_lock, dentry_lock) NO_LOCK_ANALYSIS
{
	spin_lock(&mount_lock);
	spin_lock(&dentry_lock);
	seqcount_write_begin(&dentry_table.changes, &dentry_lock);
}

static void tree_change_end(void) RELEASES(mount_lock, dentry_lock) NO_LOCK_ANALYSIS
{
	seqcount_write_end(&dentry_table.changes);
	spin_unlock(&dentry_lock);
	spin_unlock(&mount_lock);
}

/* M4. Locks: mount_lock held. */
static bool is_attached(const struct mount *mount) REQUIRES(mount_lock)
{
	assert_spin_held(&mount_lock);
	return !list_is_empty(&mount->node);
}

/* May @mount be attached at @place? Locks: both held. */
static int check_place(const struct mount *mount, const struct path *place)
	REQUIRES(mount_lock, dentry_lock)
{
	assert_spin_held(&mount_lock);
	assert_spin_held(&dentry_lock);
	if (S_ISDIR(inode_mode(mount->root->inode)) != S_ISDIR(inode_mode(place->dentry->inode)))
		return -ENOTDIR;
	if (!is_attached(place->mount))
		return -EINVAL;
	return place->dentry->flags & (DENTRY_DELETED | DENTRY_GOING) ? -ENOENT : 0;
}

/* Let *@place point to @mount. Pairs with mount_loaded. */
static void set_place(struct mount **place, struct mount *mount)
{
	__atomic_store_n(place, mount, __ATOMIC_RELEASE);
}

/*
 * Attach @mount at @place, which check_place() has allowed. The tree takes over the caller's
 * reference. Locks: both held. M1
 */
static void attach_locked(struct mount *mount, const struct path *place)
	REQUIRES(mount_lock, dentry_lock)
{
	debug_assert(!mount->parent && is_attached(place->mount)); /* M2, M4 */
	assert_spin_held(&dentry_lock);				   /* M1 */
	path_get(place);					   /* M2 */
	set_place(&mount->parent, place->mount);
	mount->mountpoint = place->dentry;
	list_add_last(&place->mount->children, &mount->sibling);
	set_place(&mount->next_here, place->dentry->mounted);
	set_place(&place->dentry->mounted, mount);
	dentry_change_flags(place->dentry, DENTRY_MOUNTED, 0);
	if (list_is_empty(&mount->node))
		list_add_last(&mounts, &mount->node);
	WRITE_ONCE(mount->refs.is_detached, 0);
}

/*
 * Attach the new mount @mount at @place, after all checks. @source (NULL: none) is the mount whose
 * file system it shows, which must be attached.
 */
static int attach(struct mount *mount, const struct path *place, const struct mount *source)
{
	int err;

	tree_change_begin();
	err = source && !is_attached(source) ? -EINVAL : check_place(mount, place);
	if (!err)
		attach_locked(mount, place);
	tree_change_end();
	return err;
}

/*
 * Detach @mount. Its references on parent and mountpoint are handed over in *place. Locks: both
 * held. M1
 */
static void detach_locked(struct mount *mount, struct path *place) REQUIRES(mount_lock, dentry_lock)
{
	struct mount **link = &mount->mountpoint->mounted;

	debug_assert(mount->parent && is_attached(mount)); /* M2, M4 */
	assert_spin_held(&dentry_lock);			   /* M1 */
	while (*link != mount)
		link = &(*link)->next_here;
	set_place(link, mount->next_here);
	if (!mount->mountpoint->mounted)
		dentry_change_flags(mount->mountpoint, 0, DENTRY_MOUNTED);
	place->mount = mount->parent;
	place->dentry = mount->mountpoint;
	list_remove_init(&mount->sibling);
	set_place(&mount->next_here, NULL);
	set_place(&mount->parent, NULL);
	mount->mountpoint = NULL;
	WRITE_ONCE(mount->refs.is_detached, 1);
}

static bool is_below(const struct mount *mount, const struct mount *top)
{
	for (; mount; mount = mount->parent)
		if (mount == top)
			return true;
	return false;
}

/*
 * A mount of the tree under @top, which is attached, that has no mount below it. Locks: mount_lock
 * held.
 */
static struct mount *lowest_below(struct mount *top) REQUIRES(mount_lock)
{
	assert_spin_held(&mount_lock);
	while (!list_is_empty(&top->children))
		top = list_first_entry(&top->children, struct mount, sibling);
	return top;
}

/*
 * May @mount be detached? -EINVAL: it is detached already; -EBUSY: it is the root. Locks:
 * mount_lock held.
 */
static int check_detach(const struct mount *mount) REQUIRES(mount_lock)
{
	assert_spin_held(&mount_lock);
	if (!is_attached(mount))
		return -EINVAL;
	return mount->parent ? 0 : -EBUSY;
}

/*
 * Detach one mount of the tree under @top that has none below it. 1: there are more; 0: it was
 * @top, the last one; -EINVAL: another thread has detached @top.
 */
static int detach_one_below(struct mount *top)
{
	struct mount *victim = top;
	struct path place;
	int err;

	tree_change_begin();
	err = check_detach(top); /* M5 */
	if (!err) {
		victim = lowest_below(top);
		detach_locked(victim, &place);
		list_remove_init(&victim->node);
	}
	tree_change_end();
	if (err)
		return err;
	path_put(&place);
	err = victim != top;
	mount_put(victim);
	return err;
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
	/* mount(2), EBUSY: the same file system is mounted there already. */
	if (place->dentry == place->mount->root && place->mount->super == mount->super)
		err = -EBUSY;
	else
		err = attach(mount, place, NULL);
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
		err = attach(mount, place, from.mount); /* M5 */
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
	tree_change_begin();
	if (from.dentry != from.mount->root || check_detach(from.mount))
		err = -EINVAL;
	if (!err && is_below(place->mount, from.mount))
		err = -ELOOP;
	if (!err)
		err = check_place(from.mount, place);
	if (err == -ENOTDIR)
		err = -EINVAL; /* a new mount gives ENOTDIR here, a move does not: mount(2) */
	if (!err) {	       /* M5: detach and attach in one step */
		detach_locked(from.mount, &old);
		attach_locked(from.mount, place);
	}
	tree_change_end();
	if (!err)
		path_put(&old);
	path_put(&from);
	return err;
}

static int mount_change(const struct path *place, unsigned long flags, const char *options)
{
	struct super *super = place->mount->super;
	int err;

	if (place->dentry != place->mount->root)
		return -EINVAL;
	if ((flags & (MS_REMOUNT | MS_BIND)) == MS_REMOUNT && options && super->ops->remount) {
		err = super->ops->remount(super, options);
		if (err)
			return err;
	}
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
		err = mount_change(&place, flags, options);
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
	/* df and others leave out lines of /proc/mounts whose source is "rootfs". */
	int err = mount_type("tmpfs", type, NULL, 0, &mount);

	if (err)
		return err;
	spin_lock(&mount_lock);
	list_add_last(&mounts, &mount->node);
	mount->refs.is_detached = 0; /* nobody else knows it */
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

/* MNT_DETACH: detach @top and all mounts below it. */
static int umount_tree(struct mount *top)
{
	int more = detach_one_below(top);

	if (more < 0)
		return more;
	while (more > 0)
		more = detach_one_below(top);
	return 0;
}

static int umount_unused(struct mount *mount)
{
	struct path above;
	int err;

	tree_change_begin();
	err = check_detach(mount); /* M5 */
	/*
	 * A walk without the lock takes its reference, then asks for the count of changes: either
	 * the reference is seen here, or the walk sees that. Pairs with mount_get_found. M3
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!err && mount_refs_sum(&mount->refs) > 2) /* the tree's and ours */
		err = -EBUSY;
	if (!err) {
		detach_locked(mount, &above);
		list_remove_init(&mount->node);
	}
	tree_change_end();
	if (err)
		return err;
	path_put(&above);
	mount_put(mount);
	return 0;
}

int vfs_umount(const char *target, int flags)
{
	struct path place;
	struct mount *mount;
	int err;

	if (flags & ~(UMOUNT_FORCE | UMOUNT_DETACH | UMOUNT_EXPIRE | UMOUNT_NO_FOLLOW))
		return -EINVAL;
	err = path_lookup(AT_FDCWD, target, flags & UMOUNT_NO_FOLLOW ? 0 : WALK_FOLLOW, &place);
	if (err)
		return err;
	mount = place.mount;
	if (place.dentry != mount->root) {
		path_put(&place);
		return -EINVAL;
	}
	dentry_put(place.dentry);
	err = flags & UMOUNT_DETACH ? umount_tree(mount) : umount_unused(mount);
	mount_put(mount);
	return err;
}

/* ---- all of them ---- */

/* The mount with the lowest id above @id, referenced; or NULL. */
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
