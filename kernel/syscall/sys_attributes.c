// SPDX-License-Identifier: MIT
/* sys_attributes.c -- changing mode, owner, times and size of files. */
#include "core/errno.h"
#include "syscall/syscalls.h"
#include "time/clock.h"
#include "vfs/cred.h"
#include "vfs/file/fdtable.h"
#include "vfs/name/path_walk.h"
#include "vfs/vfs.h"
#include "vm/user_copy.h"

#include <linux/falloc.h>
#include <linux/stat.h>
#include <linux/time.h>
#include <linux/time_types.h>

#define ID_KEEP (~0U) /* chown(2): do not change */

/* ---- by path or descriptor ---- */

static long change(const struct path *path, struct inode *inode,
		   const struct inode_attributes *attributes)
{
	long err = mount_may_write(path->mount);

	return err ? err : inode_setattr(inode, attributes);
}

static long change_path(int dirfd, const char __user *name, unsigned walk,
			const struct inode_attributes *attributes)
{
	struct path path;
	long result = path_lookup_user(dirfd, name, walk, &path);

	if (result)
		return result;
	if (S_ISLNK(path.dentry->inode->mode) && (attributes->valid & ATTR_MODE))
		result = -EOPNOTSUPP;
	else
		result = change(&path, path.dentry->inode, attributes);
	path_put(&path);
	return result;
}

static long change_fd(int fd, const struct inode_attributes *attributes)
{
	struct fd_ref ref = fd_get_light(fd);
	long result;

	if (!ref.file)
		return -EBADF;
	result = change(&ref.file->path, ref.file->inode, attributes);
	fd_put_light(ref);
	return result;
}

static unsigned walk_flags(int flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
	       (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
}

/* ---- chmod, chown ---- */

long sys_fchmodat2(int dirfd, const char __user *path, mode_t mode, int flags)
{
	struct inode_attributes attributes = {.valid = ATTR_MODE, .mode = mode & 07777};

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return change_path(dirfd, path, walk_flags(flags), &attributes);
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

	return change_fd(fd, &attributes);
}

static struct inode_attributes owner_attributes(uid_t uid, gid_t gid)
{
	return (struct inode_attributes){
		.valid = (uid != ID_KEEP ? ATTR_UID : 0) | (gid != ID_KEEP ? ATTR_GID : 0),
		.uid = uid,
		.gid = gid,
	};
}

long sys_fchownat(int dirfd, const char __user *path, uid_t uid, gid_t gid, int flags)
{
	struct inode_attributes attributes = owner_attributes(uid, gid);

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return change_path(dirfd, path, walk_flags(flags), &attributes);
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

	return change_fd(fd, &attributes);
}

/* ---- times ---- */

/* Two times as in utimensat(2): UTIME_NOW, UTIME_OMIT, or a time. */
struct wanted_times {
	struct __kernel_timespec time[2]; /* access, modification */
};

#define UTIME_NOW ((1L << 30) - 1L)
#define UTIME_OMIT ((1L << 30) - 2L)

static const struct wanted_times both_now = {{{0, UTIME_NOW}, {0, UTIME_NOW}}};

static bool time_valid(const struct __kernel_timespec *time)
{
	return time->tv_nsec == UTIME_NOW || time->tv_nsec == UTIME_OMIT ||
	       (time->tv_nsec >= 0 && time->tv_nsec < (long)NS_PER_SECOND);
}

static s64 time_of(const struct __kernel_timespec *time)
{
	s64 ns;

	if (time->tv_nsec == UTIME_NOW)
		return (s64)clock_real_ns();
	/* A time more than 292 years away is clamped to that. */
	if (__builtin_mul_overflow(time->tv_sec, (s64)NS_PER_SECOND, &ns) ||
	    __builtin_add_overflow(ns, time->tv_nsec, &ns))
		return time->tv_sec < 0 ? -INT64_MAX : INT64_MAX;
	return ns;
}

/* Setting both times to now needs write permission only; anything else needs ownership. */
static long may_set_times(struct inode *inode, const struct wanted_times *wanted)
{
	if (wanted->time[0].tv_nsec == UTIME_NOW && wanted->time[1].tv_nsec == UTIME_NOW)
		return inode_is_owner(inode) ? 0 : inode_permission(inode, MAY_WRITE);
	return inode_is_owner(inode) ? 0 : -EPERM;
}

static long set_times(const struct path *path, struct inode *inode,
		      const struct wanted_times *wanted)
{
	struct inode_attributes attributes = {.valid = 0};
	long err;

	if (wanted->time[0].tv_nsec != UTIME_OMIT) {
		attributes.valid |= ATTR_ATIME;
		attributes.atime_ns = time_of(&wanted->time[0]);
	}
	if (wanted->time[1].tv_nsec != UTIME_OMIT) {
		attributes.valid |= ATTR_MTIME;
		attributes.mtime_ns = time_of(&wanted->time[1]);
	}
	if (!attributes.valid)
		return 0;
	err = mount_may_write(path->mount);
	if (!err)
		err = may_set_times(inode, wanted);
	return err ? err : inode_setattr(inode, &attributes);
}

static long set_times_at(int dirfd, const char __user *name, const struct wanted_times *wanted,
			 int flags)
{
	struct fd_ref ref;
	struct path path;
	long result;

	if (!time_valid(&wanted->time[0]) || !time_valid(&wanted->time[1]))
		return -EINVAL;
	if (!name && dirfd != AT_FDCWD) {
		if (flags)
			return -EINVAL;
		ref = fd_get_light(dirfd);
		if (!ref.file)
			return -EBADF;
		result = set_times(&ref.file->path, ref.file->inode, wanted);
		fd_put_light(ref);
		return result;
	}
	result = path_lookup_user(dirfd, name, walk_flags(flags), &path);
	if (result)
		return result;
	result = set_times(&path, path.dentry->inode, wanted);
	path_put(&path);
	return result;
}

long sys_utimensat(int dirfd, const char __user *path, const void __user *times, int flags)
{
	struct wanted_times wanted = both_now;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (times && copy_from_user(&wanted, times, sizeof(wanted)))
		return -EFAULT;
	return set_times_at(dirfd, path, &wanted, flags);
}

long sys_futimesat(int dirfd, const char __user *path, const void __user *times)
{
	struct wanted_times wanted = both_now;
	struct __kernel_old_timeval from[2];

	if (times) {
		if (copy_from_user(from, times, sizeof(from)))
			return -EFAULT;
		for (unsigned i = 0; i < 2; i++) {
			if (from[i].tv_usec < 0 || from[i].tv_usec >= 1000000)
				return -EINVAL;
			wanted.time[i].tv_sec = from[i].tv_sec;
			wanted.time[i].tv_nsec = from[i].tv_usec * 1000;
		}
	}
	return set_times_at(dirfd, path, &wanted, 0);
}

long sys_utimes(const char __user *path, const void __user *times)
{
	return sys_futimesat(AT_FDCWD, path, times);
}

long sys_utime(const char __user *path, const void __user *times)
{
	struct wanted_times wanted = both_now;
	__kernel_old_time_t from[2]; /* struct utimbuf: access, modification */

	if (times) {
		if (copy_from_user(from, times, sizeof(from)))
			return -EFAULT;
		for (unsigned i = 0; i < 2; i++)
			wanted.time[i] = (struct __kernel_timespec){from[i], 0};
	}
	return set_times_at(AT_FDCWD, path, &wanted, 0);
}

/* ---- size ---- */

static long truncate_path(const struct path *path, u64 length)
{
	struct inode_attributes attributes = {.valid = ATTR_SIZE, .size_bytes = length};
	struct inode *inode = path->dentry->inode;
	long err;

	if (S_ISDIR(inode->mode))
		return -EISDIR;
	if (!S_ISREG(inode->mode))
		return -EINVAL;
	err = mount_may_write(path->mount);
	if (!err)
		err = inode_permission(inode, MAY_WRITE);
	if (!err)
		err = inode_write_begin(inode);
	if (err)
		return err;
	err = inode_setattr(inode, &attributes);
	inode_write_end(inode);
	return err;
}

long sys_truncate(const char __user *name, off_t length)
{
	struct path path;
	long result;

	if (length < 0)
		return -EINVAL;
	result = path_lookup_user(AT_FDCWD, name, WALK_FOLLOW, &path);
	if (result)
		return result;
	result = truncate_path(&path, (u64)length);
	path_put(&path);
	return result;
}

long sys_ftruncate(int fd, off_t length)
{
	struct inode_attributes attributes = {.valid = ATTR_SIZE, .size_bytes = (u64)length};
	struct fd_ref ref;
	long result;

	if (length < 0)
		return -EINVAL;
	ref = fd_get_light(fd);
	if (!ref.file)
		return -EBADF;
	if (!S_ISREG(ref.file->inode->mode) || !(ref.file->mode & FILE_WRITE))
		result = -EINVAL;
	else
		result = inode_setattr(ref.file->inode, &attributes);
	fd_put_light(ref);
	return result;
}

static long allocate(struct file *file, int mode, u64 offset, u64 len)
{
	struct inode *inode = file->inode;
	u64 limit = vfs_limit_fsize();
	long err;

	if (!(file->mode & FILE_WRITE))
		return -EBADF;
	if (S_ISFIFO(inode->mode))
		return -ESPIPE;
	if (S_ISDIR(inode->mode))
		return -EISDIR;
	if (!S_ISREG(inode->mode))
		return -ENODEV;
	if (offset + len > 1UL << 60 || (!(mode & FALLOC_FL_KEEP_SIZE) && offset + len > limit))
		return -EFBIG;
	if ((mode & FALLOC_FL_PUNCH_HOLE) && !(mode & FALLOC_FL_KEEP_SIZE))
		return -EOPNOTSUPP;
	if (!inode->super->ops->allocate)
		return -EOPNOTSUPP;
	mutex_lock(&inode->lock);
	err = inode->super->ops->allocate(inode, mode, offset, len);
	mutex_unlock(&inode->lock);
	return err;
}

long sys_fallocate(int fd, int mode, off_t offset, off_t len)
{
	struct fd_ref ref;
	long result;

	if (offset < 0 || len <= 0)
		return -EINVAL;
	ref = fd_get_light(fd);
	if (!ref.file)
		return -EBADF;
	result = allocate(ref.file, mode, (u64)offset, (u64)len);
	fd_put_light(ref);
	return result;
}
