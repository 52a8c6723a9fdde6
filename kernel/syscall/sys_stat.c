// SPDX-License-Identifier: MIT
/* sys_stat.c -- file attributes and permission checks: stat and access. */
#include "core/errno.h"
#include "syscall/syscalls.h"
#include "time/clock.h"
#include "vfs/file/file_target.h"
#include "vm/user_copy.h"

#include <asm/stat.h>

/* ---- into the ABI's structures ---- */

#define PUT(field, value) arch_user_window_store(&out->field, value, fault)
#define PUT_U32(field, value) arch_user_window_store_u32(&out->field, value, fault)
#define PUT_TIME(field, ns)                                                                        \
	do {                                                                                       \
		u64 nanoseconds;                                                                   \
		s64 seconds = clock_split_ns(ns, &nanoseconds);                                    \
                                                                                                   \
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
	PUT(st_nlink, READ_ONCE(inode->nr_links));
	PUT_U32(st_mode, READ_ONCE(inode->mode));
	PUT_U32(st_uid, READ_ONCE(inode->uid));
	PUT_U32(st_gid, READ_ONCE(inode->gid));
	PUT_U32(__pad0, 0);
	PUT(st_rdev, inode->device);
	PUT(st_size, READ_ONCE(inode->size_bytes));
	PUT(st_blksize, PAGE_SIZE);
	PUT(st_blocks, object ? READ_ONCE(object->nr_pages) * (PAGE_SIZE / 512) : 0);
	PUT_TIME(st_atime, READ_ONCE(inode->atime_ns));
	PUT_TIME(st_mtime, READ_ONCE(inode->mtime_ns));
	PUT_TIME(st_ctime, READ_ONCE(inode->ctime_ns));
	for (unsigned i = 0; i < ARRAY_SIZE(out->__unused); i++)
		PUT(__unused[i], 0);
	arch_user_window_close();
	return 0;
fault:
	arch_user_window_close();
	return -EFAULT;
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

/* With AT_EMPTY_PATH, as in the C library's fstat: the descriptor's file keeps the inode. */
static __noinline long stat_target(int dirfd, const char __user *path, struct stat __user *statbuf,
				   int flags)
{
	struct file_target target;
	long result = file_target_at(dirfd, path, flags, &target);

	if (result)
		return result;
	result = copy_stat_to_user(statbuf, target.inode);
	file_target_put(&target);
	return result;
}

long sys_newfstatat(int dirfd, const char __user *path, struct stat __user *statbuf, int flags)
{
	struct inode_view view;
	long result;

	flags &= ~AT_NO_AUTOMOUNT;
	if (flags & ~AT_SYMLINK_NOFOLLOW)
		return stat_target(dirfd, path, statbuf, flags);
	/* Of a name only the inode is needed, not its place; and that only while it is copied. */
	result = path_view_inode_user(dirfd, path, flags ? 0 : WALK_FOLLOW, &view);
	if (unlikely(result))
		return result;
	result = copy_stat_to_user(statbuf, view.inode);
	inode_view_end(&view);
	/* It may be that only a page was to be filled in. */
	return likely(!result) ? 0 : stat_target(dirfd, path, statbuf, flags);
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
	struct statx out;
	long result;

	if ((flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE || (mask & STATX__RESERVED))
		return -EINVAL;
	result = file_target_at(dirfd, name, (int)(flags & ~without_effect), &target);
	if (result)
		return result;
	file_target_statx(&target, &out);
	file_target_put(&target);
	return copy_to_user(buf, &out, sizeof(out));
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
