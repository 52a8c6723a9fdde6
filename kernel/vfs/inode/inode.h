/* SPDX-License-Identifier: MIT */
/*
 * An inode: one file, directory, link or device node, however many names it has; and the operations
 * of file systems on inodes.
 */
#pragma once

#include "lib/refcount.h"
#include "sched/mutex.h"
#include "sync/epoch_item.h"
#include "sync/seqcount.h"
#include "vfs/inode/inode_ops.h"
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

#define INODE_SIZE_MAX (1UL << 60) /* bytes of a file */

#define INODE_IN_MEMORY 1U /* the page cache is the file: an absent page reads as zeros */
#define INODE_LINKABLE 2U  /* made by O_TMPFILE and without a name so far: linkat may give it one */
#define INODE_SEALABLE 4U  /* memfd_create(MFD_ALLOW_SEALING) */

struct SHARED inode {
	const struct inode_ops *ops;	  /* [I] */
	const struct file_ops *file_ops;  /* [I] of its open files; NULL: chosen by its type */
	struct super *super;		  /* [I] referenced */
	u64 ino;			  /* [I] */
	mode_t mode;			  /* [lock] type is immutable */
	uid_t uid;			  /* [lock,state_lock] see inode_access_get */
	gid_t gid;			  /* [lock,state_lock] */
	struct seqcount access_sequence;  /* [a] of mode and owner */
	u32 nr_links;			  /* [lock,state_lock] of the directory that names it */
	struct refcount refs;		  /* [a] */
	u32 flags;			  /* [a] INODE_* */
	u64 size_bytes;			  /* [lock] reads may load it without */
	struct vm_object *object;	  /* [I] page cache of a regular file; else NULL */
	s64 atime_ns, mtime_ns, ctime_ns; /* [state_lock] torn reads are harmless */
	s64 btime_ns;			  /* [I] */
	dev_t device;			  /* [I] of a device node */
	s32 write_count;		  /* [a] > 0: open for writing; < 0: being executed */
	u32 seals;			  /* [lock] F_SEAL_* */
	struct mutex lock;		  /* class inode */
	struct spinlock state_lock;	  /* class inode_state */
	union {
		struct {
			struct file_lock_context *locks; /* [state_lock] NULL: there are none */
			void *data; /* [I] for the file system; a fifo's pipe: [lock] */
		};
		struct epoch_item epoch; /* [o] of who frees it; I2 */
	};
};

/*
 * Make an inode of @super: one reference and one link, times now, owned by root. NULL: no memory.
 */
struct inode *inode_alloc(struct super *super, mode_t mode, const struct inode_ops *ops,
			  const struct file_ops *file_ops);
/*
 * Set the owner of the new @inode in @dir: the thread's file-system ids; if @dir has the
 * set-group-ID bit, the group of @dir instead and, for directories, that bit.
 */
void inode_init_owner(struct inode *inode, const struct inode *dir);
/* The mode as it is at some moment, without the inode's lock. Its type never changes. */
static __always_inline mode_t inode_mode(const struct inode *inode)
{
	return READ_ONCE(inode->mode);
}
static __always_inline void inode_get(struct inode *inode)
{
	refcount_get(&inode->refs);
}
void inode_release(struct inode *inode);
/* The last reference ends the inode through super_ops. May sleep. */
static __always_inline void inode_put(struct inode *inode)
{
	if (refcount_put(&inode->refs))
		inode_release(inode);
}
/* The number of inodes. */
unsigned inode_count(void);

/*
 * May the current thread's credentials do @mask (MAY_*) to @inode? 0, -EACCES, or the hook's error.
 */
#define MAY_EXEC 1U
#define MAY_WRITE 2U
#define MAY_READ 4U
int inode_permission(struct inode *inode, unsigned mask) __must_check;
/* Mode and owner as of one moment: chown(2) changes them together. Context: any. */
struct inode_access {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};
struct inode_access inode_access_get(const struct inode *inode);
/* What inode_permission_mode returns for these. */
int inode_access_check(const struct inode_access *access, unsigned mask, const struct cred *cred)
	__must_check;
/* The same for @cred, by mode bits and ids alone, without hooks. Context: any. */
int inode_permission_mode(const struct inode *inode, unsigned mask, const struct cred *cred)
	__must_check;
/* Is the current thread the owner, or may it act as one (CAP_FOWNER)? */
bool inode_is_owner(const struct inode *inode);

/*
 * Change attributes: checks what chmod, chown and truncate demand, and sets the times. 0, -EPERM,
 * ... The caller has checked the permission to write (for the size), and what setting times
 * demands. Takes inode->lock.
 */
int inode_setattr(struct inode *inode, const struct inode_attributes *attributes) __must_check;
/* Store attributes in the inode; what a NULL inode_ops.setattr means. Locks: inode->lock held. */
void inode_setattr_store(struct inode *inode, const struct inode_attributes *attributes);
/*
 * Drop set-user-ID, and set-group-ID where it means that, as a write or truncation does. Locks:
 * inode->lock held.
 */
void inode_drop_set_id(struct inode *inode);

#define INODE_TOUCH_ATIME 1U /* only if older than a change, or than a day: as with relatime */
#define INODE_TOUCH_MTIME 2U
#define INODE_TOUCH_CTIME 4U
void inode_touch(struct inode *inode, unsigned which);
/* Add @delta to nr_links, and set the time of change. */
void inode_add_links(struct inode *inode, int delta);

/* Begin to write or execute the file, which exclude each other: 0 or -ETXTBSY. And end it. */
int inode_write_begin(struct inode *inode) __must_check;
void inode_write_end(struct inode *inode);
int inode_execute_begin(struct inode *inode) __must_check;
void inode_execute_end(struct inode *inode);
