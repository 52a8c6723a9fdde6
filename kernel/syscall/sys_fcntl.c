// SPDX-License-Identifier: MIT
/*
 * sys_fcntl.c -- calls on descriptors and open files other than reading and writing: fcntl, flock,
 * ioctl.
 *
 * Parts.  A case for each command, which leads to the file that does the work. What concerns the
 *   descriptor, and not the open file, is allowed with O_PATH as well.
 * Tests.  tests/guest/file/file_fd.c, file_lock.c, tests/guest/event/event_races.c.
 */
#include "core/errno.h"
#include "fs/tmpfs/memfd.h"
#include "ipc/pipe.h"
#include "syscall/syscalls.h"
#include "vfs/file/advisory_lock.h"
#include "vfs/file/fdtable.h"
#include "vfs/file/file_control.h"
#include "vm/user_copy.h"

#include <asm/ioctls.h>
#include <linux/fadvise.h>

/* Commands on the open file. */
static long file_command(struct file *file, int fd, unsigned cmd, u64 arg)
{
	switch (cmd) {
	case F_SETFL:
		return file_set_flags(file, (u32)arg);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return file_lock_command(file, fd, cmd, (struct flock __user *)arg);
	case F_GETOWN:
	case F_SETOWN:
	case F_GETOWN_EX:
	case F_SETOWN_EX:
		return file_owner_command(file, cmd, arg);
	case F_GETSIG:
		return (long)file->owner_signal;
	case F_SETSIG:
		if (arg > 64)
			return -EINVAL;
		__atomic_store_n(&file->owner_signal, (u32)arg, __ATOMIC_RELAXED);
		return 0;
	case F_SETPIPE_SZ:
	case F_GETPIPE_SZ:
		return pipe_fcntl(file, cmd, arg);
	case F_ADD_SEALS:
		return memfd_add_seals(file, (unsigned)arg);
	case F_GET_SEALS:
		return memfd_get_seals(file);
	default:
		return -EINVAL;
	}
}

long sys_fcntl(int fd, unsigned cmd, u64 arg)
{
	struct fd_ref ref = fd_get_light_any(fd);
	struct file *file = ref.file;
	long result;

	if (!file)
		return -EBADF;
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		result = fd_duplicate(file, arg, cmd == F_DUPFD_CLOEXEC);
		break;
	case F_GETFD:
		result = fd_get_close_on_exec(fd);
		break;
	case F_SETFD:
		result = fd_set_close_on_exec(fd, arg & FD_CLOEXEC);
		break;
	case F_GETFL:
		result = (long)file->flags;
		break;
	default:
		result = file->mode & FILE_PATH_ONLY ? -EBADF : file_command(file, fd, cmd, arg);
	}
	fd_put_light(ref);
	return result;
}

long sys_flock(int fd, int operation)
{
	struct fd_ref ref = fd_get_light(fd);
	long result;

	if (!ref.file)
		return -EBADF;
	result = file_lock_flock(ref.file, operation);
	fd_put_light(ref);
	return result;
}

/* ---- ioctl ---- */

static long set_flag(struct file *file, const u32 __user *arg, u32 flag)
{
	u32 on;

	if (get_user_u32(&on, arg))
		return -EFAULT;
	file_flags_change(file, flag, on ? flag : 0);
	return 0;
}

long sys_ioctl(int fd, unsigned cmd, u64 arg)
{
	struct fd_ref ref = fd_get_light(fd);
	struct file *file = ref.file;
	long result;

	if (!file)
		return -EBADF;
	if (cmd == FIOCLEX || cmd == FIONCLEX)
		result = fd_set_close_on_exec(fd, cmd == FIOCLEX);
	else if (cmd == FIONBIO || cmd == FIOASYNC)
		result = set_flag(file, (const u32 __user *)arg,
				  cmd == FIONBIO ? O_NONBLOCK : FASYNC);
	else if (cmd == FIONREAD && S_ISREG(inode_mode(file->inode)))
		result = put_user_u32((u32)max((s64)(file->inode->size_bytes - file->pos), 0L),
				      (u32 __user *)arg);
	else
		result = file->ops->ioctl ? file->ops->ioctl(file, cmd, arg) : -ENOTTY;
	fd_put_light(ref);
	return result;
}

/* ---- advice ---- */

long sys_fadvise64(int fd, off_t offset, size_t len, int advice)
{
	struct fd_ref ref = fd_get_light(fd);
	long result = 0;

	(void)offset;
	if (!ref.file)
		return -EBADF;
	if (S_ISFIFO(inode_mode(ref.file->inode)))
		result = -ESPIPE;
	else if (advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE || (s64)len < 0)
		result = -EINVAL;
	fd_put_light(ref);
	return result;
}

/* Files in memory need no reading ahead. */
long sys_readahead(int fd, off_t offset, size_t count)
{
	struct fd_ref ref = fd_get_light(fd);
	long result;

	(void)offset;
	(void)count;
	if (!ref.file || !(ref.file->mode & FILE_READ))
		result = -EBADF;
	else
		result = S_ISREG(inode_mode(ref.file->inode)) ? 0 : -EINVAL;
	fd_put_light(ref);
	return result;
}
