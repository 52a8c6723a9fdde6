/* SPDX-License-Identifier: MIT */
/*
 * The file that a system call is about: an open descriptor's, or the one that a name leads to.
 * Calls that come in pairs (fchmod, chmod) or take AT_EMPTY_PATH differ in nothing else.
 */
#pragma once

#include "vfs/file/fdtable.h"
#include "vfs/name/path_walk.h"

#include <linux/fcntl.h>
#include <linux/time_types.h>

struct statfs;

struct file_target {
	struct inode *inode;
	struct path path;  /* zero for a pipe or a socket */
	struct fd_ref ref; /* by descriptor; by name ref.file is NULL, and path is referenced */
};

/*
 * Find the file of @fd, or the one that @name leads to from @dirfd; @flags: AT_SYMLINK_NOFOLLOW,
 * AT_EMPTY_PATH, others are -EINVAL. O_PATH descriptors are found by _any and by an empty name
 * only. 0: the target is to be put, or passed to one function below; -EBADF, or an error of
 * path_resolution(7).
 */
int file_target_fd(int fd, struct file_target *out) __must_check;
int file_target_fd_any(int fd, struct file_target *out) __must_check;
int file_target_at(int dirfd, const char __user *name, int flags, struct file_target *out)
	__must_check;
void file_target_put(struct file_target *target);

/* statx(2). */
void file_target_statx(const struct file_target *target, struct statx *out);

/* What calls do to a target, which is put in any case. Errors of section 2 of the manual. */

/* chmod, chown. */
int file_target_setattr(struct file_target *target, const struct inode_attributes *attributes)
	__must_check;
/* Access and modification time, as in utimensat(2), with these for UTIME_NOW and UTIME_OMIT. */
#define TIME_NOW ((1L << 30) - 1L)
#define TIME_OMIT ((1L << 30) - 2L)
int file_target_set_times(struct file_target *target, const struct __kernel_timespec times[2])
	__must_check;
/* truncate; of a descriptor ftruncate. */
int file_target_truncate(struct file_target *target, off_t length) __must_check;
int file_target_statfs(struct file_target *target, struct statfs *out) __must_check;
/* chdir, chroot. */
int file_target_chdir(struct file_target *target) __must_check;
int file_target_chroot(struct file_target *target) __must_check;
/* access(2) with @flags of faccessat2(2). */
int vfs_access(int dirfd, const char __user *name, int mode, int flags) __must_check;
/* fallocate(2) on @file. */
int file_allocate(struct file *file, int mode, off_t offset, off_t len) __must_check;
