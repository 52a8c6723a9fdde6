// SPDX-License-Identifier: MIT
/* file_statx.c -- all that is known of a file: statx(2). */
#include "time/clock.h"
#include "vfs/file/file_target.h"
#include "vfs/inode/device_number.h"

static struct statx_timestamp timestamp(s64 ns)
{
	struct statx_timestamp time = {0};
	u64 nanoseconds;

	time.tv_sec = clock_split_ns(ns, &nanoseconds);
	time.tv_nsec = (u32)nanoseconds;
	return time;
}

void file_target_statx(const struct file_target *target, struct statx *out)
{
	const struct inode *inode = target->inode;
	struct inode_access access = inode_access_get(inode);
	const struct mount *mount = target->path.mount;

	*out = (struct statx){
		.stx_mask = STATX_BASIC_STATS | STATX_BTIME | (mount ? STATX_MNT_ID : 0),
		.stx_blksize = PAGE_SIZE,
		.stx_nlink = READ_ONCE(inode->nr_links),
		.stx_uid = access.uid,
		.stx_gid = access.gid,
		.stx_mode = (u16)access.mode,
		.stx_ino = inode->ino,
		.stx_size = READ_ONCE(inode->size_bytes),
		.stx_blocks =
			inode->object ? READ_ONCE(inode->object->nr_pages) * (PAGE_SIZE / 512) : 0,
		.stx_rdev_major = device_major(inode->device),
		.stx_rdev_minor = device_minor(inode->device),
		.stx_dev_major = device_major(inode->super->device),
		.stx_dev_minor = device_minor(inode->super->device),
		.stx_atime = timestamp(READ_ONCE(inode->atime_ns)),
		.stx_mtime = timestamp(READ_ONCE(inode->mtime_ns)),
		.stx_ctime = timestamp(READ_ONCE(inode->ctime_ns)),
		.stx_btime = timestamp(inode->btime_ns),
		.stx_mnt_id = mount ? (u64)mount->id : 0,
		.stx_attributes_mask = mount ? STATX_ATTR_MOUNT_ROOT : 0,
		.stx_attributes =
			mount && target->path.dentry == mount->root ? STATX_ATTR_MOUNT_ROOT : 0,
	};
}
