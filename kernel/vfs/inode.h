/* SPDX-License-Identifier: MIT */
/* An inode: one file, directory, link or device node, whatever its names; and the file system it belongs to. */
#pragma once

#include "sched/mutex.h"
#include "vm/vm_object.h"

#include <linux/stat.h>

struct dentry;
struct file;
struct file_ops;
struct inode;
struct path;
struct super;

struct timespec_ns { /* seconds and nanoseconds in one number since 1970 */
	s64 ns;
};

struct inode_attributes { /* what setattr changes: a bit of `valid` for each field */
	u32 valid;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	u64 size_bytes;
	s64 atime_ns, mtime_ns;
};
#define ATTR_MODE 1U
#define ATTR_UID 2U
#define ATTR_GID 4U
#define ATTR_SIZE 8U
#define ATTR_ATIME 16U
#define ATTR_MTIME 32U

/* All hooks: the directory's (and for setattr the inode's) lock held by the caller; may sleep. A NULL hook: -EPERM. */
struct inode_ops {
	/* Find @name (length @len) in @dir: 0 and a reference in *out, -ENOENT. */
	int (*lookup)(struct inode *dir, const char *name, size_t len, struct inode **out);
	/* Make a file, directory, fifo, socket or device node of @mode. */
	int (*create)(struct inode *dir, const char *name, size_t len, mode_t mode, dev_t device, struct inode **out);
	int (*symlink)(struct inode *dir, const char *name, size_t len, const char *target, struct inode **out);
	int (*link)(struct inode *dir, const char *name, size_t len, struct inode *target);
	/* Remove a name: of a directory only when it is empty (-ENOTEMPTY). */
	int (*unlink)(struct inode *dir, const char *name, size_t len, struct inode *target);
	int (*rename)(struct inode *old_dir, const char *old_name, struct inode *new_dir, const char *new_name,
		      struct inode *source, struct inode *replaced, unsigned flags);
	/* The link's text into @buffer: its length. Or, when `follow` is set, jump straight to a path (/proc/self/fd/N). */
	ssize_t (*readlink)(struct inode *inode, char *buffer, size_t size);
	int (*follow)(struct inode *inode, struct path *out);
	int (*setattr)(struct inode *inode, const struct inode_attributes *attributes); /* NULL: generic */
	int (*permission)(struct inode *inode, unsigned mask); /* NULL: mode bits and ids */
};

struct super_ops {
	/* The last reference to an inode without names, or at unmount: free what is behind it. */
	void (*destroy_inode)(struct inode *inode);
	int (*statfs)(struct super *super, void *kstatfs); /* struct statfs of <asm/statfs.h> */
	void (*unmount)(struct super *super);
	int (*sync)(struct super *super);
};

struct SHARED super { /* a mounted file system */
	const struct super_ops *ops;	   /* [I]                                     */
	const struct file_system *type;	   /* [I]                                     */
	struct inode *root;		   /* [I]                                     */
	u64 device;			   /* [I] st_dev                              */
	u64 next_ino;			   /* [a]                                     */
	void *data;			   /* [I] the file system's own               */
	struct mutex rename_lock;	   /* class rename                            */
	bool volatile_entries;		   /* [I] names may vanish: dentries are re-validated by lookup (procfs) */
	char source[64];		   /* [I] for /proc/mounts                    */
};

struct SHARED inode {
	const struct inode_ops *ops;	 /* [I]                                              */
	const struct file_ops *file_ops; /* [I] what opening it gives                        */
	struct super *super;		 /* [I]                                              */
	u64 ino;			 /* [I]                                              */
	mode_t mode;			 /* [lock] type is immutable                         */
	uid_t uid;			 /* [lock]                                           */
	gid_t gid;			 /* [lock]                                           */
	u32 nr_links;			 /* [lock]                                           */
	u64 size_bytes;			 /* [lock] also readable without for reads           */
	dev_t device;			 /* [I] of a device node                             */
	s64 atime_ns, mtime_ns, ctime_ns; /* [inode_state] */
	s64 btime_ns;			 /* [I]                                              */
	struct mutex lock;		 /* class inode                                      */
	struct vm_object *object;	 /* [I] page cache of a regular file, NULL otherwise */
	u32 refs;			 /* [a]                                              */
	u32 nr_writers;			 /* [a] open for writing; ~0U-ish: execution denies writing (ETXTBSY) */
	u32 nr_executing;		 /* [a]                                              */
	void *data;			 /* [I] the file system's own (or fifo's pipe: [lock]) */
	struct file_lock *locks;	 /* [inode_state] record locks and flocks            */
};

/* A fresh inode of @super: one reference, times now, everything else as given. NULL: no memory. */
struct inode *inode_alloc(struct super *super, mode_t mode, const struct inode_ops *ops,
			  const struct file_ops *file_ops);
void inode_get(struct inode *inode);
/* Frees the inode through super_ops when this was the last reference. May sleep. */
void inode_put(struct inode *inode);
/* May the current thread's credentials do @mask (MAY_*) to @inode? 0, -EACCES, -EROFS. */
int inode_permission(struct inode *inode, unsigned mask) __must_check;
#define MAY_EXEC 1U
#define MAY_WRITE 2U
#define MAY_READ 4U
/* Check and change attributes. 0, -EPERM, -EACCES... */
int inode_setattr(struct inode *inode, const struct inode_attributes *attributes) __must_check;
/* Store generic attributes into the inode: the default of inode_ops.setattr. */
void inode_setattr_store(struct inode *inode, const struct inode_attributes *attributes);
#define INODE_TOUCH_ATIME 1U
#define INODE_TOUCH_MTIME 2U
#define INODE_TOUCH_CTIME 4U
void inode_touch(struct inode *inode, unsigned which);
/* Fill a struct statx-like record. */
struct inode_stat {
	u64 device, ino, rdev, size_bytes, blocks;
	u32 mode, nlink, uid, gid, block_size;
	s64 atime_ns, mtime_ns, ctime_ns, btime_ns;
};
void inode_stat(struct inode *inode, struct inode_stat *out);
unsigned inode_count(void);

/* File systems register themselves: FILE_SYSTEM(tmpfs) in init order; found by name for mount(2). */
struct file_system {
	const char *name;
	bool needs_device;
	u32 magic;
	int (*mount)(const struct file_system *type, const char *source, const char *options, struct super **out);
	struct file_system *next;
};
void file_system_register(struct file_system *type);
struct file_system *file_system_find(const char *name);
struct super *super_alloc(const struct file_system *type, const struct super_ops *ops);
