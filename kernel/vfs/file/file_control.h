/* SPDX-License-Identifier: MIT */
/* The parts of fcntl(2) and ioctl(2) that are the same for all open files. */
#pragma once

#include "vfs/file/file.h"

/* Change the status flags in @mask to those of @value, which other threads change, too. */
void file_flags_change(struct file *file, u32 mask, u32 value);
/* F_SETFL. 0, -EPERM, -EINVAL. */
long file_set_flags(struct file *file, u32 flags) __must_check;
/* F_GETLK, F_SETLK and their relatives, with the program's struct flock at @arg. */
long file_lock_command(struct file *file, int fd, unsigned cmd, struct flock __user *arg)
	__must_check;
/* F_GETOWN, F_SETOWN, F_GETOWN_EX, F_SETOWN_EX. */
long file_owner_command(struct file *file, unsigned cmd, u64 arg) __must_check;
