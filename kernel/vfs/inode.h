/* SPDX-License-Identifier: MIT */
/*
 * An inode: one file, directory, link or device node, whatever its names. And what a file system
 * does with it.
 */
#pragma once

#include "lib/refcount.h"
#include "sched/mutex.h"
#include "vfs/inode_ops.h"
#include "vm/vm_object.h"

#include <linux/stat.h>

struct cred;
struct dentry;
struct file;
struct file_lock_context;
struct file_ops;
struct inode;
struct path;
struct super;

#define INODE_IN_MEMORY                                                                            \
	1U /* a page that is absent reads as zeros: nothing stands behind the cache */
#define INODE_LINKABLE 2U /* made by O_TMPFILE: linkat may give it a first name */
#define INODE_SEALABLE 4U /* memfd_create(MFD_ALLOW_SEALING) */

struct SHARED inode {
	const struct inode_ops *ops;	  /* [I] */
	const struct file_ops *file_ops;  /* [I] what opening it gives; NULL: by its type */
	struct super *super;		  /* [I] referenced */
	u64 ino;			  /* [I] */
	mode_t mode;			  /* [lock] type is immutable */
	uid_t uid;			  /* [lock,state_lock] see inode_access_get */
	gid_t gid;			  /* [lock,state_lock] */
	u32 access_sequence;		  /* [state_lock] odd while mode and owner change */
	u32 nr_links;			  /* [lock,state_lock] of the directory that names it */
	u32 refs;			  /* [a] */
	u32 flags;			  /* [a] INODE_* */
	u64 size_bytes;			  /* [lock] also readable without for reads */
	struct vm_object *object;	  /* [I] page cache of a regular file, NULL otherwise */
	s64 atime_ns, mtime_ns, ctime_ns; /* [state_lock] torn reads are harmless */
	s64 btime_ns;			  /* [I] */
	dev_t device;			  /* [I] of a device node */
	s32 write_count;		  /* [a] > 0: open for writing; < 0: being executed */
	u32 seals;			  /* [lock] F_SEAL_* */
	struct mutex lock;		  /* class inode */
	struct spinlock state_lock;	  /* class inode_state */
	struct file_lock_context *locks;  /* [state_lock] made on first use */
	void *data;			  /* [I] the file system's own (or fifo's pipe: [lock]) */
};

/* A fresh inode of @super: one reference and one link, times now, owned by root. NULL: no memory.
 * */
struct inode *inode_alloc(struct super *super, mode_t mode, const struct inode_ops *ops,
			  const struct file_ops *file_ops);
/* The owner of something new in @dir: the thread's file-system ids; the group and (for directories)
 * the set-group-ID bit come from a directory that has that bit. */
void inode_init_owner(struct inode *inode, const struct inode *dir);
static __always_inline void inode_get(struct inode *inode)
{
	refs_get(&inode->refs);
}
void inode_release(struct inode *inode);
/* The last reference frees the inode through super_ops. May sleep. */
static __always_inline void inode_put(struct inode *inode)
{
	if (refs_put(&inode->refs))
		inode_release(inode);
}
/* Inodes that exist. */
unsigned inode_count(void);

/* May the current thread's credentials do @mask (MAY_*) to @inode? 0, -EACCES, or the hook's error.
 * */
#define MAY_EXEC 1U
#define MAY_WRITE 2U
#define MAY_READ 4U
int inode_permission(struct inode *inode, unsigned mask) __must_check;
/* Mode and owner as they were at one moment: chown(2) changes them as one. Context: any. */
struct inode_access {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};
struct inode_access inode_access_get(const struct inode *inode);
/* What inode_permission_mode says of these. */
int inode_access_check(const struct inode_access *access, unsigned mask, const struct cred *cred)
	__must_check;
/* The same for @cred, by mode bits and ids alone. Context: any. */
int inode_permission_mode(const struct inode *inode, unsigned mask, const struct cred *cred)
	__must_check;
/* Is the current thread the owner, or may it act as one (CAP_FOWNER)? */
bool inode_is_owner(const struct inode *inode);

/* Check what chmod, chown and truncate demand, change, and touch the times. 0, -EPERM, ... Takes
 * inode->lock. For the size the caller has checked the permission to write. Times need a check of
 * their own. */
int inode_setattr(struct inode *inode, const struct inode_attributes *attributes) __must_check;
/* Store generic attributes into the inode: the default of inode_ops.setattr. Locks: inode->lock
 * held. */
void inode_setattr_store(struct inode *inode, const struct inode_attributes *attributes);
/* A write or truncation takes away set-user-ID, and set-group-ID where it means that. Locks:
 * inode->lock held. */
void inode_drop_set_id(struct inode *inode);

#define INODE_TOUCH_ATIME 1U /* only where it would show: as with relatime */
#define INODE_TOUCH_MTIME 2U
#define INODE_TOUCH_CTIME 4U
void inode_touch(struct inode *inode, unsigned which);
/* nr_links += @delta, and the time of change. */
void inode_add_links(struct inode *inode, int delta);

/* Writing and executing exclude each other: 0 or -ETXTBSY; end what was begun. */
int inode_write_begin(struct inode *inode) __must_check;
void inode_write_end(struct inode *inode);
int inode_execute_begin(struct inode *inode) __must_check;
void inode_execute_end(struct inode *inode);

struct inode_stat {
	u64 device, ino, rdev, size_bytes, blocks;
	u32 mode, nlink, uid, gid, block_size;
	s64 atime_ns, mtime_ns, ctime_ns, btime_ns;
};
void inode_stat(struct inode *inode, struct inode_stat *out);
