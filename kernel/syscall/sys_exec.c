// SPDX-License-Identifier: MIT
/* System call: execve. */
#include "core/errno.h"
#include "exec/exec.h"
#include "syscall/syscalls.h"
#include "vfs/name/path_walk.h"

#include <linux/fcntl.h>

long sys_execve(struct trap_frame *frame, const char __user *path, const u64 __user *argv,
		const u64 __user *envp)
{
	struct exec_arguments arguments;
	struct path_buffer buffer;
	int err = path_buffer_get(&buffer, path);

	if (err)
		goto out_buffer;
	err = exec_arguments_from_user(&arguments, argv, envp);
	if (!err)
		err = process_exec(AT_FDCWD, buffer.name, &arguments, 0);
	exec_arguments_fini(&arguments);
out_buffer:
	path_buffer_fini(&buffer);
	return err;
}
