// SPDX-License-Identifier: MIT
/* sys_stat.c -- file attributes and permission checks: stat and access. */
#include "core/errno.h"
#include "lib/string.h"
#include "syscall/syscalls.h"
#include "time/clock.h"
#include "vfs/cred.h"
#include "vfs/file/fdtable.h"
#include "vfs/inode/device_number.h"
#include "vfs/name/path_walk.h"
#include "vm/user_copy.h"

#include <asm/stat.h>

#define F_OK 0
#define ACCESS_KNOWN (MAY_READ | MAY_WRITE | MAY_EXEC)
static_assert(MAY_READ == 4 && MAY_WRITE == 2 && MAY_EXEC == 1, "access(2)'s R_OK, W_OK, X_OK");

/* ---- into the ABI's structures ---- */

/* A time before 1970 has negative seconds and, as always, positive nanoseconds. */
static inline void put_time(unsigned long *seconds, unsigned long *nanoseconds, s64 ns)
{
	u64 whole;

	if (likely(ns >= 0)) {
		whole = (u64)ns / NS_PER_SECOND;
		*seconds = whole;
		*nanoseconds = (u64)ns - whole * NS_PER_SECOND;
	} else {
		whole = (-(u64)ns + NS_PER_SECOND - 1) / NS_PER_SECOND;
		*seconds = -whole;
		*nanoseconds = whole * NS_PER_SECOND - -(u64)ns;
	}
}

#define PUT(field, value) arch_user_window_store(&out->field, value, fault)
#define PUT_U32(field, value) arch_user_window_store_u32(&out->field, value, fault)
#define PUT_TIME(field, ns)                                                                        \
	do {                                                                                       \
		unsigned long seconds, nanoseconds;                                                \
                                                                                                   \
		put_time(&seconds, &nanoseconds, ns);                                              \
		PUT(field, seconds);                                                               \
		PUT(field##_nsec, nanoseconds);                                                    \
	} while (0)
static_assert(sizeof((struct stat){}.st_nlink) == 8 && sizeof((struct stat){}.st_mode) == 4 &&
		      sizeof((struct stat){}.__pad0) == 4,
	      "of the sizes that put_stat stores");

/* Written directly to user memory: making a copy first would cost as much again. */
static long put_stat(const struct inode *inode, struct stat __user *out)
{
	const struct vm_object *object = inode->object;

	if (unlikely(!user_range_ok(out, sizeof(*out))))
		return -EFAULT;
	arch_user_window_open();
	PUT(st_dev, inode->super->device);
	PUT(st_ino, inode->ino);
	PUT(st_nlink, inode->nr_links);
	PUT_U32(st_mode, inode->mode);
	PUT_U32(st_uid, inode->uid);
	PUT_U32(st_gid, inode->gid);
	PUT_U32(__pad0, 0);
	PUT(st_rdev, inode->device);
	PUT(st_size, READ_ONCE(inode->size_bytes));
	PUT(st_blksize, PAGE_SIZE);
	PUT(st_blocks, object ? object->nr_pages * (PAGE_SIZE / 512) : 0);
	PUT_TIME(st_atime, inode->atime_ns);
	PUT_TIME(st_mtime, inode->mtime_ns);
	PUT_TIME(st_ctime, inode->ctime_ns);
	for (unsigned i = 0; i < ARRAY_SIZE(out->__unused); i++)
		PUT(__unused[i], 0);
	arch_user_window_close();
	return 0;
fault:
	arch_user_window_close();
	return -EFAULT;
}

static void statx_time(struct statx_timestamp *to, s64 ns)
{
	unsigned long seconds, nanoseconds;

	put_time(&seconds, &nanoseconds, ns);
	to->tv_sec = (s64)seconds;
	to->tv_nsec = (u32)nanoseconds;
}

static long put_statx(struct inode *inode, const struct path *path, void __user *out)
{
	struct statx to = {.stx_mask = STATX_BASIC_STATS | STATX_BTIME};
	struct inode_stat from;

	inode_stat(inode, &from);
	to.stx_blksize = from.block_size;
	to.stx_nlink = from.nlink;
	to.stx_uid = from.uid;
	to.stx_gid = from.gid;
	to.stx_mode = (u16)from.mode;
	to.stx_ino = from.ino;
	to.stx_size = from.size_bytes;
	to.stx_blocks = from.blocks;
	to.stx_rdev_major = device_major(from.rdev);
	to.stx_rdev_minor = device_minor(from.rdev);
	to.stx_dev_major = device_major(from.device);
	to.stx_dev_minor = device_minor(from.device);
	statx_time(&to.stx_atime, from.atime_ns);
	statx_time(&to.stx_mtime, from.mtime_ns);
	statx_time(&to.stx_ctime, from.ctime_ns);
	statx_time(&to.stx_btime, from.btime_ns);
	if (path && path->mount) {
		to.stx_mnt_id = (u64)path->mount->id;
		to.stx_mask |= STATX_MNT_ID;
		to.stx_attributes_mask = STATX_ATTR_MOUNT_ROOT;
		if (path->dentry == path->mount->root)
			to.stx_attributes = STATX_ATTR_MOUNT_ROOT;
	}
	return copy_to_user(out, &to, sizeof(to));
}

/* ---- stat ---- */

long sys_fstat(int fd, struct stat __user *statbuf)
{
	struct fd_ref ref = fd_get_light_any(fd);
	long result;

	if (unlikely(!ref.file))
		return -EBADF;
	result = put_stat(ref.file->inode, statbuf);
	fd_put_light(ref);
	return result;
}

static long stat_path(int dirfd, const char __user *name, unsigned walk,
		      struct stat __user *statbuf)
{
	struct inode *inode;
	long result = path_lookup_inode_user(dirfd, name, walk, &inode);

	if (unlikely(result))
		return result;
	result = put_stat(inode, statbuf);
	inode_put(inode);
	return result;
}

long sys_stat(const char __user *path, struct stat __user *statbuf)
{
	return stat_path(AT_FDCWD, path, WALK_FOLLOW, statbuf);
}

long sys_lstat(const char __user *path, struct stat __user *statbuf)
{
	return stat_path(AT_FDCWD, path, 0, statbuf);
}

/*
 * Is the name empty, so that AT_EMPTY_PATH refers to the descriptor itself (which may be a pipe)?
 */
static bool means_descriptor(int dirfd, const char __user *name, int flags)
{
	char first[1];

	if (!(flags & AT_EMPTY_PATH) || dirfd < 0)
		return false;
	return !name || (copy_from_user(first, name, 1) == 0 && !first[0]);
}

static unsigned walk_flags(int flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
	       (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
}

long sys_newfstatat(int dirfd, const char __user *path, struct stat __user *statbuf, int flags)
{
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT))
		return -EINVAL;
	if (means_descriptor(dirfd, path, flags))
		return sys_fstat(dirfd, statbuf);
	return stat_path(dirfd, path, walk_flags(flags), statbuf);
}

long sys_statx(int dirfd, const char __user *name, unsigned flags, unsigned mask, void __user *buf)
{
	struct fd_ref ref;
	struct path path;
	long result;

	if ((flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT |
				 AT_STATX_SYNC_TYPE)) ||
	    (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE || (mask & STATX__RESERVED))
		return -EINVAL;
	if (means_descriptor(dirfd, name, (int)flags)) {
		ref = fd_get_light_any(dirfd);
		if (!ref.file)
			return -EBADF;
		result = put_statx(ref.file->inode, &ref.file->path, buf);
		fd_put_light(ref);
		return result;
	}
	result = path_lookup_user(dirfd, name, walk_flags((int)flags), &path);
	if (result)
		return result;
	result = put_statx(path.dentry->inode, &path, buf);
	path_put(&path);
	return result;
}

/* ---- access ---- */

static long access_path(int dirfd, const char __user *name, int mode, unsigned walk)
{
	struct path path;
	struct inode *inode;
	long result = path_lookup_user(dirfd, name, walk, &path);

	if (result)
		return result;
	inode = path.dentry->inode;
	if ((mode & MAY_EXEC) && S_ISREG(inode->mode) && (path.mount->flags & MS_NOEXEC))
		result = -EACCES;
	if (!result && mode != F_OK)
		result = inode_permission(inode, (unsigned)mode);
	if (!result && (mode & MAY_WRITE) &&
	    (S_ISREG(inode->mode) || S_ISDIR(inode->mode) || S_ISLNK(inode->mode)))
		result = mount_may_write(path.mount);
	path_put(&path);
	return result;
}

/* With the real ids in place of the file-system ids, and the capabilities that they imply. */
static long access_as_real(int dirfd, const char __user *name, int mode, unsigned walk)
{
	struct thread *thread = current_thread();
	const struct cred *own = thread->cred;
	struct cred *real = cred_copy(own);
	long result;

	if (!real)
		return -ENOMEM;
	real->fsuid = own->uid;
	real->fsgid = own->gid;
	real->cap_effective = own->uid ? 0 : own->cap_permitted;
	thread->cred = real;
	result = access_path(dirfd, name, mode, walk);
	thread->cred = own;
	cred_put(real);
	return result;
}

long sys_faccessat2(int dirfd, const char __user *path, int mode, int flags)
{
	const struct cred *cred = cred_current();

	if ((mode & ~(int)ACCESS_KNOWN) ||
	    (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
		return -EINVAL;
	if ((flags & AT_EACCESS) || (cred->uid == cred->fsuid && cred->gid == cred->fsgid &&
				     cred->cap_effective == (cred->uid ? 0 : cred->cap_permitted)))
		return access_path(dirfd, path, mode, walk_flags(flags));
	return access_as_real(dirfd, path, mode, walk_flags(flags));
}

long sys_faccessat(int dirfd, const char __user *path, int mode)
{
	return sys_faccessat2(dirfd, path, mode, 0);
}

long sys_access(const char __user *path, int mode)
{
	return sys_faccessat2(AT_FDCWD, path, mode, 0);
}
