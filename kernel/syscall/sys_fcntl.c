// SPDX-License-Identifier: MIT
/*
 * sys_fcntl.c -- operations on descriptors and open files other than reading and writing: fcntl,
 * flock, ioctl.
 */
#include "core/errno.h"
#include "fs/tmpfs/memfd.h"
#include "ipc/pipe.h"
#include "syscall/syscalls.h"
#include "vfs/cred.h"
#include "vfs/file/fdtable.h"
#include "vfs/file/advisory_lock.h"
#include "vfs/vfs.h"
#include "vm/user_copy.h"

#include <asm/ioctls.h>
#include <linux/fadvise.h>

#define SETTABLE_FLAGS (O_APPEND | O_NONBLOCK | FASYNC | O_DIRECT | O_NOATIME)

static void flags_change(struct file *file, u32 mask, u32 value)
{
	u32 old = __atomic_load_n(&file->flags, __ATOMIC_RELAXED);

	while (!__atomic_compare_exchange_n(&file->flags, &old, (old & ~mask) | (value & mask),
					    false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static long set_flags(struct file *file, u32 flags)
{
	if ((flags & O_NOATIME) && !(file->flags & O_NOATIME) && !inode_is_owner(file->inode))
		return -EPERM;
	if (flags & O_DIRECT)
		return -EINVAL;
	flags_change(file, SETTABLE_FLAGS, flags);
	return 0;
}

static long duplicate(struct file *file, u64 from, bool close_on_exec)
{
	u64 limit = vfs_limit_nofile();

	if (from >= limit || from > FD_LIMIT)
		return -EINVAL;
	file_get(file);
	return fd_install(file, (int)from, close_on_exec);
}

static long lock_command(struct file *file, int fd, unsigned cmd, u64 arg)
{
	struct flock __user *user = (struct flock __user *)arg;
	struct flock lock;
	long err;

	if (copy_from_user(&lock, user, sizeof(lock)))
		return -EFAULT;
	err = file_lock_fcntl(file, fd, cmd, &lock);
	if (!err && (cmd == F_GETLK || cmd == F_OFD_GETLK))
		err = copy_to_user(user, &lock, sizeof(lock));
	return err;
}

/* F_GETOWN's number: positive a process, negative a group. */
static long owner_command(struct file *file, unsigned cmd, u64 arg)
{
	struct f_owner_ex owner;

	switch (cmd) {
	case F_GETOWN:
		return file->owner;
	case F_SETOWN:
		if ((pid_t)arg == INT32_MIN) /* no group has its negative number */
			return -EINVAL;
		__atomic_store_n(&file->owner, (pid_t)arg, __ATOMIC_RELAXED);
		return 0;
	case F_GETOWN_EX:
		owner.pid = READ_ONCE(file->owner);
		owner.type = owner.pid < 0 ? F_OWNER_PGRP : F_OWNER_PID;
		owner.pid = owner.pid < 0 ? -owner.pid : owner.pid;
		return copy_to_user((void __user *)arg, &owner, sizeof(owner));
	default:
		if (copy_from_user(&owner, (void __user *)arg, sizeof(owner)))
			return -EFAULT;
		if (owner.type != F_OWNER_TID && owner.type != F_OWNER_PID &&
		    owner.type != F_OWNER_PGRP)
			return -EINVAL;
		if (owner.pid < 0)
			return -ESRCH;
		__atomic_store_n(&file->owner, owner.type == F_OWNER_PGRP ? -owner.pid : owner.pid,
				 __ATOMIC_RELAXED);
		return 0;
	}
}

/* Commands on the open file. */
static long file_command(struct file *file, int fd, unsigned cmd, u64 arg)
{
	switch (cmd) {
	case F_SETFL:
		return set_flags(file, (u32)arg);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return lock_command(file, fd, cmd, arg);
	case F_GETOWN:
	case F_SETOWN:
	case F_GETOWN_EX:
	case F_SETOWN_EX:
		return owner_command(file, cmd, arg);
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

/* Commands on the descriptor, which are allowed with O_PATH too. */
static long descriptor_command(struct file *file, int fd, unsigned cmd, u64 arg)
{
	switch (cmd) {
	case F_DUPFD:
		return duplicate(file, arg, false);
	case F_DUPFD_CLOEXEC:
		return duplicate(file, arg, true);
	case F_GETFD:
		return fd_get_close_on_exec(fd);
	case F_SETFD:
		return fd_set_close_on_exec(fd, arg & FD_CLOEXEC);
	case F_GETFL:
		return (long)file->flags;
	default:
		return file->mode & FILE_PATH_ONLY ? -EBADF : file_command(file, fd, cmd, arg);
	}
}

long sys_fcntl(int fd, unsigned cmd, u64 arg)
{
	struct fd_ref ref = fd_get_light_any(fd);
	long result;

	if (!ref.file)
		return -EBADF;
	result = descriptor_command(ref.file, fd, cmd, arg);
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

static long set_flag_by_int(struct file *file, u64 arg, u32 flag)
{
	u32 on;

	if (get_user_u32(&on, (const u32 __user *)arg))
		return -EFAULT;
	flags_change(file, flag, on ? flag : 0);
	return 0;
}

static long bytes_left(struct file *file, u64 arg)
{
	u64 size = file->inode->size_bytes, pos = file->pos;

	return put_user_u32(size > pos ? (u32)(size - pos) : 0, (u32 __user *)arg);
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
	else if (cmd == FIONBIO)
		result = set_flag_by_int(file, arg, O_NONBLOCK);
	else if (cmd == FIOASYNC)
		result = set_flag_by_int(file, arg, FASYNC);
	else if (cmd == FIONREAD && S_ISREG(file->inode->mode))
		result = bytes_left(file, arg);
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
	if (S_ISFIFO(ref.file->inode->mode))
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
		result = S_ISREG(ref.file->inode->mode) ? 0 : -EINVAL;
	fd_put_light(ref);
	return result;
}
