// SPDX-License-Identifier: MIT
/* sys_pipe.c -- pipe, pipe2. */
#include "syscall/syscalls.h"

#include "ipc/pipe.h"
#include "vfs/file/fdtable.h"
#include "vm/user_copy.h"

#include <asm/fcntl.h>

long sys_pipe2(int __user *fds, int flags)
{
	struct file *ends[2];
	int numbers[2] = {-1, -1}, err;

	err = pipe_create(flags, &ends[0], &ends[1]);
	if (err)
		return err;
	for (unsigned i = 0; i < 2 && !err; i++) {
		numbers[i] = fd_reserve(0, flags & O_CLOEXEC);
		if (numbers[i] < 0)
			err = numbers[i];
	}
	if (!err)
		err = copy_to_user(fds, numbers, sizeof(numbers));
	for (unsigned i = 0; i < 2; i++) {
		if (!err)
			fd_fill(numbers[i], ends[i]);
		else {
			if (numbers[i] >= 0)
				fd_unreserve(numbers[i]);
			file_put(ends[i]);
		}
	}
	return err;
}

long sys_pipe(int __user *fds)
{
	return sys_pipe2(fds, 0);
}
