// SPDX-License-Identifier: MIT
/* sys_pipe.c -- pipe, pipe2. */
#include "syscall/syscalls.h"

#include "ipc/pipe.h"
#include "vfs/file/fdtable.h"

#include <asm/fcntl.h>

long sys_pipe2(int __user *fds, int flags)
{
	struct file *ends[2];
	int err = pipe_create(flags, &ends[0], &ends[1]);

	return err ? err : fd_install_pair(ends, flags & O_CLOEXEC, fds);
}

long sys_pipe(int __user *fds)
{
	return sys_pipe2(fds, 0);
}
