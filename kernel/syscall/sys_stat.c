// SPDX-License-Identifier: MIT
/* sys_stat.c -- file attributes and permission checks: stat and access. */
#include "core/errno.h"
#include "syscall/syscalls.h"
#include "time/clock.h"
#include "vfs/file/file_target.h"
#include "vfs/inode/device_number.h"
#include "vm/user_copy.h"

#include <asm/stat.h>

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
	      "of the sizes that are stored");

/* Written directly to user memory: making a copy first would cost as much again. */
static int copy_stat_to_user(struct stat __user *out, const struct inode *inode)
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

static int copy_statx_to_user(struct statx __user *out, struct inode *inode,
			      const struct path *path)
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
	if (path->mount) {
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
	result = copy_stat_to_user(statbuf, ref.file->inode);
	fd_put_light(ref);
	return result;
}

long sys_newfstatat(int dirfd, const char __user *path, struct stat __user *statbuf, int flags)
{
	struct inode *inode;
	long result = file_target_inode_at(dirfd, path, flags & ~AT_NO_AUTOMOUNT, &inode);

	if (unlikely(result))
		return result;
	result = copy_stat_to_user(statbuf, inode);
	inode_put(inode);
	return result;
}

long sys_stat(const char __user *path, struct stat __user *statbuf)
{
	return sys_newfstatat(AT_FDCWD, path, statbuf, 0);
}

long sys_lstat(const char __user *path, struct stat __user *statbuf)
{
	return sys_newfstatat(AT_FDCWD, path, statbuf, AT_SYMLINK_NOFOLLOW);
}

long sys_statx(int dirfd, const char __user *name, unsigned flags, unsigned mask,
	       struct statx __user *buf)
{
	unsigned without_effect = AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE;
	struct file_target target;
	long result;

	if ((flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE || (mask & STATX__RESERVED))
		return -EINVAL;
	result = file_target_at(dirfd, name, (int)(flags & ~without_effect), &target);
	if (result)
		return result;
	result = copy_statx_to_user(buf, target.inode, &target.path);
	file_target_put(&target);
	return result;
}

/* ---- access ---- */

long sys_faccessat2(int dirfd, const char __user *path, int mode, int flags)
{
	return vfs_access(dirfd, path, mode, flags);
}

long sys_faccessat(int dirfd, const char __user *path, int mode)
{
	return vfs_access(dirfd, path, mode, 0);
}

long sys_access(const char __user *path, int mode)
{
	return vfs_access(AT_FDCWD, path, mode, 0);
}
