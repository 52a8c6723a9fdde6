/* SPDX-License-Identifier: MIT */
/* The tree of mounts: which file system is mounted where. */
#pragma once

#include "core/errno.h"
#include "sched/epoch.h"
#include "vfs/name/dentry.h"
#include "vfs/name/dentry_table.h"
#include "vfs/name/mount_refs.h"

#include <linux/mount.h>

struct SHARED mount {
	struct super *super;  /* [I] referenced */
	struct dentry *root;  /* [I] referenced */
	struct mount *parent; /* [mount,dentry] referenced; NULL for the root or when detached */
	struct dentry *mountpoint; /* [mount,dentry] in the parent; referenced */
	struct mount *next_here;   /* [mount,dentry] another one on the same dentry */
	struct list_node children; /* [mount] those attached to this one */
	struct list_node sibling;  /* [mount] in the parent's children */
	u32 flags;		   /* [a] MS_RDONLY, MS_NOSUID, MS_NOEXEC, MS_NODEV, MS_NOATIME */
	union {
		struct list_node node;	 /* [mount] in the list of all */
		struct epoch_item epoch; /* [o] of who frees it; M6 */
	};
	int id;			/* [I] */
	struct mount_refs refs; /* [a] of the tree, child mounts and users */
};

/*
 * mount(2), umount2(2). The caller has checked CAP_SYS_ADMIN. Kernel strings; @source, @type and
 * @options may be NULL.
 */
int vfs_mount(const char *source, const char *target, const char *type, unsigned long flags,
	      const char *options) __must_check;
int vfs_umount(const char *target, int flags) __must_check;
/* Mount the first root; *out is a referenced path to it. Boot. */
int vfs_mount_root(const char *type, struct path *out) __must_check;
/* Make a mount outside the tree, for files without a name (memfd). */
int vfs_mount_internal(const char *type, struct mount **out) __must_check;
/* Call @emit for each mount, in the order in which they were made. @emit may sleep. */
void vfs_for_each_mount(void (*emit)(struct mount *mount, void *data), void *data);
/* Write back everything: sync(2). */
void vfs_sync_all(void);

/* The mount that *@place points to, initialised: pairs with set_place in mount.c. */
static __always_inline struct mount *mount_loaded(struct mount *const *place)
{
	return __atomic_load_n(place, __ATOMIC_ACQUIRE);
}
/*
 * Follow *path across mount points: downwards to the innermost mount there, upwards by one mount.
 * True: it moved. Locks: dentry_lock held; to go downwards also in a read section, for a result
 * that is right if the count of changes is the same afterwards (dentry_change.c, C1).
 */
static __always_inline bool mount_cross_down(struct path *path)
{
	bool crossed = false;

	struct mount *m = mount_loaded(&path->dentry->mounted);

	while (unlikely(m)) {
		if (READ_ONCE(m->parent) == path->mount) {
			path->mount = m;
			path->dentry = m->root;
			m = mount_loaded(&path->dentry->mounted);
			crossed = true;
		} else {
			m = mount_loaded(&m->next_here);
		}
	}
	return crossed;
}
static inline bool mount_cross_up(struct path *path)
{
	struct mount *mount = path->mount;

	assert_spin_held(&dentry_lock);
	if (!mount->parent)
		return false;
	path->dentry = mount->mountpoint;
	path->mount = mount->parent;
	return true;
}
/* The id of the mount that @mount is attached to; 0: of none. */
static inline int mount_parent_id(const struct mount *mount)
{
	const struct mount *parent;
	int id;

	epoch_read_begin(); /* M6: @mount may be detached, and the parent freed */
	parent = mount_loaded(&mount->parent);
	id = parent ? parent->id : 0;
	epoch_read_end();
	return id;
}
static __always_inline void mount_get(struct mount *mount)
{
	mount_refs_get(&mount->refs);
}
/*
 * Take a reference in a read section that has found @mount while the count of changes was @begun.
 * False: it may have ended, or been detached from where the section found it; then
 * mount_put_found() is due.
 */
static __always_inline bool mount_get_found(struct mount *mount, u32 begun)
{
	mount_refs_get(&mount->refs);
	/*
	 * The reference before the count is read: pairs with umount_unused in mount.c, and with
	 * mount_refs_end. M3
	 */
	return __atomic_load_n(&dentry_table.changes.sequence, __ATOMIC_SEQ_CST) == begun;
}
void mount_put(struct mount *mount);
/* The same where the read section that found @mount goes on, which it ends. */
void mount_put_found(struct mount *mount);
/* 0, or -EROFS when nothing may be changed through @mount. */
static inline int __must_check mount_may_write(const struct mount *mount)
{
	return mount && (__atomic_load_n(&mount->flags, __ATOMIC_RELAXED) & MS_RDONLY) ? -EROFS : 0;
}
