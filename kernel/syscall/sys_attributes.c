// SPDX-License-Identifier: MIT
/*
 * sys_attributes.c -- calls that change mode, owner, times and size of files.
 *
 * Parts.  A call for each way to name the file. Each makes a struct inode_attributes, finds the
 *   file (file_target.h), and gives both to vfs/file/file_attributes.c, which puts the target.
 * Tests.  tests/guest/file/file_perm.c, file_stat.c, file_allocate.c.
 */
#include "core/errno.h"
#include "syscall/syscalls.h"
#include "vfs/file/file_target.h"
#include "vm/user_copy.h"

#include <linux/utime.h>

#define ID_KEEP (~0U) /* chown(2): do not change */

/* ---- chmod, chown ---- */

long sys_fchmodat2(int dirfd, const char __user *path, mode_t mode, int flags)
{
	struct inode_attributes attributes = {.valid = ATTR_MODE, .mode = mode & 07777};
	struct file_target target;
	int err = file_target_at(dirfd, path, flags, &target);

	return err ? err : file_target_setattr(&target, &attributes);
}

long sys_fchmodat(int dirfd, const char __user *path, mode_t mode)
{
	return sys_fchmodat2(dirfd, path, mode, 0);
}

long sys_chmod(const char __user *path, mode_t mode)
{
	return sys_fchmodat2(AT_FDCWD, path, mode, 0);
}

long sys_fchmod(int fd, mode_t mode)
{
	struct inode_attributes attributes = {.valid = ATTR_MODE, .mode = mode & 07777};
	struct file_target target;
	int err = file_target_fd(fd, &target);

	return err ? err : file_target_setattr(&target, &attributes);
}

static struct inode_attributes owner_attributes(uid_t uid, gid_t gid)
{
	return (struct inode_attributes){
		.valid = ATTR_CHOWN | (uid != ID_KEEP ? ATTR_UID : 0) |
			 (gid != ID_KEEP ? ATTR_GID : 0),
		.uid = uid,
		.gid = gid,
	};
}

long sys_fchownat(int dirfd, const char __user *path, uid_t uid, gid_t gid, int flags)
{
	struct inode_attributes attributes = owner_attributes(uid, gid);
	struct file_target target;
	int err = file_target_at(dirfd, path, flags, &target);

	return err ? err : file_target_setattr(&target, &attributes);
}

long sys_chown(const char __user *path, uid_t uid, gid_t gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, 0);
}

long sys_lchown(const char __user *path, uid_t uid, gid_t gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

long sys_fchown(int fd, uid_t uid, gid_t gid)
{
	struct inode_attributes attributes = owner_attributes(uid, gid);
	struct file_target target;
	int err = file_target_fd(fd, &target);

	return err ? err : file_target_setattr(&target, &attributes);
}

/* ---- times ---- */

static const struct __kernel_timespec both_now[2] = {{0, TIME_NOW}, {0, TIME_NOW}};

/* utimensat(2) with kernel times: NULL is now, and a NULL name the file of the descriptor. */
static long set_times_at(int dirfd, const char __user *name, const struct __kernel_timespec *times,
			 int flags)
{
	bool by_fd = !name && dirfd != AT_FDCWD;
	struct file_target target;
	int err = by_fd && flags ? -EINVAL
		  : by_fd	 ? file_target_fd(dirfd, &target)
				 : file_target_at(dirfd, name, flags, &target);

	return err ? err : file_target_set_times(&target, times ? times : both_now);
}

long sys_utimensat(int dirfd, const char __user *path, const struct __kernel_timespec __user *times,
		   int flags)
{
	struct __kernel_timespec copy[2];

	if (times && copy_from_user(copy, times, sizeof(copy)))
		return -EFAULT;
	return set_times_at(dirfd, path, times ? copy : NULL, flags);
}

long sys_futimesat(int dirfd, const char __user *path,
		   const struct __kernel_old_timeval __user *times)
{
	struct __kernel_old_timeval from[2];
	struct __kernel_timespec copy[2];

	if (times && copy_from_user(from, times, sizeof(from)))
		return -EFAULT;
	for (unsigned i = 0; times && i < 2; i++) {
		if (from[i].tv_usec < 0 || from[i].tv_usec >= 1000000)
			return -EINVAL;
		copy[i] = (struct __kernel_timespec){from[i].tv_sec, from[i].tv_usec * 1000};
	}
	return set_times_at(dirfd, path, times ? copy : NULL, 0);
}

long sys_utimes(const char __user *path, const struct __kernel_old_timeval __user *times)
{
	return sys_futimesat(AT_FDCWD, path, times);
}

long sys_utime(const char __user *path, const struct utimbuf __user *times)
{
	struct utimbuf from;

	if (times && copy_from_user(&from, times, sizeof(from)))
		return -EFAULT;
	return set_times_at(
		AT_FDCWD, path,
		times ? (struct __kernel_timespec[]){{from.actime, 0}, {from.modtime, 0}} : NULL,
		0);
}

/* ---- size ---- */

long sys_truncate(const char __user *path, off_t length)
{
	struct file_target target;
	int err = length < 0 ? -EINVAL : file_target_at(AT_FDCWD, path, 0, &target);

	return err ? err : file_target_truncate(&target, length);
}

long sys_ftruncate(int fd, off_t length)
{
	struct file_target target;
	int err = length < 0 ? -EINVAL : file_target_fd(fd, &target);

	return err ? err : file_target_truncate(&target, length);
}

long sys_fallocate(int fd, int mode, off_t offset, off_t len)
{
	struct fd_ref ref = fd_get_light(fd);
	long result;

	if (!ref.file)
		return -EBADF;
	result = file_allocate(ref.file, mode, offset, len);
	fd_put_light(ref);
	return result;
}
