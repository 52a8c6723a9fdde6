/* SPDX-License-Identifier: MIT */
/* The hooks of file systems for names and attributes of inodes. */
#pragma once

#include "lib/compiler.h"

struct inode;
struct path;

struct inode_attributes { /* what setattr changes: `valid` has a bit for each field */
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
#define ATTR_CHOWN 64U /* chown(2), be it of no id: set-id bits of a program are dropped */

/*
 * For all hooks but follow and permission the caller holds the directory's lock (for setattr the
 * inode's; for readlink none). All may sleep. A NULL hook: -EPERM (lookup: -ENOTDIR; readlink:
 * -EINVAL).
 */
struct inode_ops {
	/* Find @name (of @len bytes, then a NUL) in @dir: 0 and a reference in *out, or -ENOENT. */
	int (*lookup)(struct inode *dir, const char *name, size_t len, struct inode **out);
	/*
	 * Make a file, directory, fifo, socket or device node of @mode, owned as inode_init_owner()
	 * says. A NULL @name: a file without a name (O_TMPFILE); -EOPNOTSUPP if the file system has
	 * none.
	 */
	int (*create)(struct inode *dir, const char *name, size_t len, mode_t mode, dev_t device,
		      struct inode **out);
	int (*symlink)(struct inode *dir, const char *name, size_t len, const char *target,
		       struct inode **out);
	int (*link)(struct inode *dir, const char *name, size_t len, struct inode *target);
	/*
	 * Remove a name; the name of a directory only when that is empty (-ENOTEMPTY). Nothing can
	 * be created afterwards in the removed directory, whose lock is not held (-ENOENT).
	 */
	int (*unlink)(struct inode *dir, const char *name, size_t len, struct inode *target);
	/*
	 * Both directories are locked. @replaced: the inode that has the new name now, or NULL.
	 * RENAME_EXCHANGE swaps the two.
	 */
	int (*rename)(struct inode *old_dir, const char *old_name, struct inode *new_dir,
		      const char *new_name, struct inode *source, struct inode *replaced,
		      unsigned flags);
	/* The link's text into @buffer, without a NUL: its length, cut to @size. */
	ssize_t (*readlink)(struct inode *inode, char *buffer, size_t size);
	/*
	 * If set, the link leads directly to *out, referenced (/proc/self/fd/N). No lock is held.
	 */
	int (*follow)(struct inode *inode, struct path *out);
	/* NULL: generic. */
	int (*setattr)(struct inode *inode, const struct inode_attributes *attributes);
	/* NULL: mode bits and ids. The directory's lock may be held. */
	int (*permission)(struct inode *inode, unsigned mask);
};
