// SPDX-License-Identifier: MIT
/*
 * file_attributes.c -- chmod, chown, utimes, truncate, fallocate, statfs, chdir: what they demand
 * of the mount and of the descriptor. The rules of the inode itself are in vfs/inode/.
 *
 * Idea.  Each function gets a file that is found already (struct file_target), by name or by
 *   descriptor. A change of attributes asks whether the mount may be written in both cases.
 *   Truncation by name asks for what open has asked for a descriptor.
 * Invariants.
 *   A1  A target is put exactly once, whatever the result.
 *   A2  A file is not truncated by name while a program executes it (inode_write_begin).
 * Locks.  inode->lock, in inode_setattr and around fallocate.
 * Tests.  tests/guest/file/file_perm.c, file_stat.c, file_allocate.c;
 *   tests/guest/memory/mem_truncate.c.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "time/clock.h"
#include "vfs/cred.h"
#include "vfs/file/file_internal.h"
#include "vfs/file/file_target.h"
#include "vfs/vfs.h"

#include <asm/statfs.h>
#include <linux/falloc.h>
#include <linux/signal.h>

#define STATFS_FLAGS_VALID 0x20

static int setattr(const struct file_target *target, const struct inode_attributes *attributes)
{
	int err = mount_may_write(target->path.mount);

	return err ? err : inode_setattr(target->inode, attributes);
}

int file_target_setattr(struct file_target *target, const struct inode_attributes *attributes)
{
	int err = S_ISLNK(inode_mode(target->inode)) && (attributes->valid & ATTR_MODE)
			  ? -EOPNOTSUPP
			  : setattr(target, attributes);

	file_target_put(target);
	return err;
}

/* ---- times ---- */

static bool time_valid(const struct __kernel_timespec *time)
{
	return time->tv_nsec == TIME_NOW || time->tv_nsec == TIME_OMIT ||
	       (time->tv_nsec >= 0 && time->tv_nsec < (long)NS_PER_SECOND);
}

static s64 time_of(const struct __kernel_timespec *time, s64 now)
{
	s64 ns;

	if (time->tv_nsec == TIME_NOW)
		return now;
	/* A time more than 292 years away is clamped to that. */
	if (__builtin_mul_overflow(time->tv_sec, (s64)NS_PER_SECOND, &ns) ||
	    __builtin_add_overflow(ns, time->tv_nsec, &ns))
		return time->tv_sec < 0 ? -INT64_MAX : INT64_MAX;
	return ns;
}

/* Setting both times to now needs write permission only; anything else needs ownership. */
static int may_set_times(struct inode *inode, const struct __kernel_timespec times[2])
{
	if (inode_is_owner(inode))
		return 0;
	return times[0].tv_nsec == TIME_NOW && times[1].tv_nsec == TIME_NOW
		       ? inode_permission(inode, MAY_WRITE)
		       : -EPERM;
}

static int set_times(const struct file_target *target, const struct __kernel_timespec times[2])
{
	/* The clock of all stamps: else what is written later could be older. */
	s64 now = (s64)clock_real_coarse_ns();
	struct inode_attributes attributes = {
		.valid = (times[0].tv_nsec != TIME_OMIT ? ATTR_ATIME : 0) |
			 (times[1].tv_nsec != TIME_OMIT ? ATTR_MTIME : 0),
		.atime_ns = time_of(&times[0], now),
		.mtime_ns = time_of(&times[1], now),
	};
	int err;

	if (!time_valid(&times[0]) || !time_valid(&times[1]))
		return -EINVAL;
	if (!attributes.valid)
		return 0;
	err = mount_may_write(target->path.mount);
	if (!err)
		err = may_set_times(target->inode, times);
	return err ? err : inode_setattr(target->inode, &attributes);
}

int file_target_set_times(struct file_target *target, const struct __kernel_timespec times[2])
{
	int err = set_times(target, times);

	file_target_put(target);
	return err;
}

/* ---- size ---- */

/* What truncate(2) demands, and open for writing has checked for ftruncate(2). */
static int truncate_name(const struct file_target *target, u64 length)
{
	struct inode *inode = target->inode;
	int err;

	if (!S_ISREG(inode_mode(inode)))
		return S_ISDIR(inode_mode(inode)) ? -EISDIR : -EINVAL;
	err = mount_may_write(target->path.mount);
	if (!err)
		err = inode_permission(inode, MAY_WRITE);
	if (!err)
		err = inode_write_begin(inode);
	if (err)
		return err;
	err = inode_truncate(inode, length);
	inode_write_end(inode);
	return err;
}

int file_target_truncate(struct file_target *target, off_t length)
{
	const struct file *file = target->ref.file;
	int err;

	if (length < 0)
		err = -EINVAL;
	else if (!file)
		err = truncate_name(target, (u64)length);
	else if (!S_ISREG(inode_mode(target->inode)) || !(file->mode & FILE_WRITE))
		err = -EINVAL;
	else
		err = inode_truncate(target->inode, (u64)length);
	file_target_put(target);
	return err;
}

/* May there be data up to @end? With FALLOC_FL_KEEP_SIZE, too, as on Linux. Locks: inode->lock. */
static int check_end(const struct inode *inode, int mode, u64 end)
{
	assert_mutex_held(&inode->lock);
	if (end > INODE_SIZE_MAX)
		return -EFBIG;
	if ((mode & FALLOC_FL_PUNCH_HOLE) || end <= inode->size_bytes || end <= vfs_limit_fsize())
		return 0;
	vfs_send_signal(SIGXFSZ);
	return -EFBIG;
}

int file_allocate(struct file *file, int mode, off_t offset, off_t len)
{
	struct inode *inode = file->inode;
	int err;

	if (offset < 0 || len <= 0)
		return -EINVAL;
	if (!(file->mode & FILE_WRITE))
		return -EBADF;
	if (!S_ISREG(inode_mode(inode)))
		return S_ISFIFO(inode_mode(inode))  ? -ESPIPE
		       : S_ISDIR(inode_mode(inode)) ? -EISDIR
						    : -ENODEV;
	if (((mode & FALLOC_FL_PUNCH_HOLE) && !(mode & FALLOC_FL_KEEP_SIZE)) ||
	    !inode->super->ops->allocate)
		return -EOPNOTSUPP;
	mutex_lock(&inode->lock);
	err = check_end(inode, mode, (u64)offset + (u64)len);
	if (!err)
		err = inode->super->ops->allocate(inode, mode, (u64)offset, (u64)len);
	mutex_unlock(&inode->lock);
	return err;
}

/* ---- file systems and directories ---- */

int file_target_statfs(struct file_target *target, struct statfs *out)
{
	int err = super_statfs(target->inode->super, out);

	if (!err) {
		out->f_flags = STATFS_FLAGS_VALID;
		if (target->path.mount)
			out->f_flags |= target->path.mount->flags &
					(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
	}
	file_target_put(target);
	return err;
}

/* May the thread make its paths start at @target? */
static int may_enter(const struct file_target *target)
{
	if (!S_ISDIR(inode_mode(target->inode)))
		return -ENOTDIR;
	return inode_permission(target->inode, MAY_EXEC);
}

int file_target_chdir(struct file_target *target)
{
	int err = may_enter(target);

	if (!err)
		fs_context_set_cwd(fs_context_current(), &target->path);
	file_target_put(target);
	return err;
}

int file_target_chroot(struct file_target *target)
{
	int err = may_enter(target);

	if (!err && !capable(CAP_SYS_CHROOT))
		err = -EPERM;
	if (!err)
		fs_context_set_root(fs_context_current(), &target->path);
	file_target_put(target);
	return err;
}
