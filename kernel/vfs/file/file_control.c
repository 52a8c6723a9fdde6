// SPDX-License-Identifier: MIT
/*
 * file_control.c -- status flags, record locks and the owner of an open file, as fcntl(2) sees
 * them.
 */
#include "vfs/file/file_control.h"

#include "core/errno.h"
#include "vfs/file/advisory_lock.h"
#include "vm/user_copy.h"

#define SETTABLE_FLAGS (O_APPEND | O_NONBLOCK | FASYNC | O_DIRECT | O_NOATIME)

void file_flags_change(struct file *file, u32 mask, u32 value)
{
	u32 old = __atomic_load_n(&file->flags, __ATOMIC_RELAXED);

	while (!__atomic_compare_exchange_n(&file->flags, &old, (old & ~mask) | (value & mask),
					    false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

long file_set_flags(struct file *file, u32 flags)
{
	if ((flags & O_NOATIME) && !(file->flags & O_NOATIME) && !inode_is_owner(file->inode))
		return -EPERM;
	if (flags & O_DIRECT)
		return -EINVAL;
	file_flags_change(file, SETTABLE_FLAGS, flags);
	return 0;
}

long file_lock_command(struct file *file, int fd, unsigned cmd, struct flock __user *arg)
{
	struct flock lock;
	long err;

	if (copy_from_user(&lock, arg, sizeof(lock)))
		return -EFAULT;
	err = file_lock_fcntl(file, fd, cmd, &lock);
	if (!err && (cmd == F_GETLK || cmd == F_OFD_GETLK))
		err = copy_to_user(arg, &lock, sizeof(lock));
	return err;
}

/* F_GETOWN's number: positive a process, negative a group. */
long file_owner_command(struct file *file, unsigned cmd, u64 arg)
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
