// SPDX-License-Identifier: MIT
/* sys_dir.c -- directories: reading them, the working directory and the root directory. */
#include "core/errno.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "syscall/syscalls.h"
#include "vfs/file/file_target.h"
#include "vm/user_copy.h"

#include <linux/limits.h>

long sys_getdents64(int fd, struct dirent64 __user *dirent, unsigned count)
{
	struct fd_ref ref = fd_get_light(fd);
	long result;

	if (!ref.file)
		return -EBADF;
	result = file_copy_dirents(ref.file, dirent, count);
	fd_put_light(ref);
	return result;
}

/* ---- working and root directory ---- */

long sys_getcwd(char __user *buf, size_t size)
{
	char *text = kmalloc(PATH_MAX, 0);
	const char *name;
	struct path cwd;
	long result;
	size_t len;

	if (!text)
		return -ENOMEM;
	fs_context_get_cwd(fs_context_current(), &cwd);
	result = path_name(&cwd, false, text, PATH_MAX, &name);
	path_put(&cwd);
	if (!result) {
		len = strlen(name) + 1;
		if (len > size)
			result = -ERANGE;
		else
			result = copy_to_user(buf, name, len) ? -EFAULT : (long)len;
	}
	kfree(text);
	return result;
}

long sys_chdir(const char __user *name)
{
	struct file_target target;
	int err = file_target_at(AT_FDCWD, name, 0, &target);

	return err ? err : file_target_chdir(&target);
}

long sys_fchdir(int fd)
{
	struct file_target target;
	int err = file_target_fd_any(fd, &target);

	return err ? err : file_target_chdir(&target);
}

long sys_chroot(const char __user *name)
{
	struct file_target target;
	int err = file_target_at(AT_FDCWD, name, 0, &target);

	return err ? err : file_target_chroot(&target);
}

long sys_umask(mode_t mask)
{
	return (long)fs_context_set_umask(fs_context_current(), mask);
}
