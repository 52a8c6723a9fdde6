// SPDX-License-Identifier: MIT
/* sys_open.c -- creating and closing descriptors: open, close, dup. */
#include "core/errno.h"
#include "fs/tmpfs/memfd.h"
#include "proc/fork.h"
#include "syscall/syscalls.h"
#include "vfs/file/fdtable.h"
#include "vfs/name/path_walk.h"
#include "vm/user_copy.h"

#include <linux/close_range.h>
#include <linux/limits.h>
#include <linux/memfd.h>

long sys_openat(int dirfd, const char __user *path, int flags, mode_t mode)
{
	struct path_buffer buffer;
	struct file *file;
	long result = path_buffer_get(&buffer, path);

	if (likely(!result))
		result = vfs_open(dirfd, buffer.name, flags, mode, &file);
	path_buffer_fini(&buffer);
	return unlikely(result) ? result : fd_install(file, 0, flags & O_CLOEXEC);
}

long sys_open(const char __user *path, int flags, mode_t mode)
{
	return sys_openat(AT_FDCWD, path, flags, mode);
}

long sys_creat(const char __user *path, mode_t mode)
{
	return sys_openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

long sys_close(int fd)
{
	return fd_close(fd);
}

long sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	if ((flags & ~(unsigned)(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) || first > last)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE) {
		long err = thread_unshare_files();

		if (err)
			return err;
	}
	return fd_close_range(first, last, flags & CLOSE_RANGE_CLOEXEC);
}

long sys_dup(int fd)
{
	struct file *file = fd_get_any(fd);

	return file ? fd_install(file, 0, false) : -EBADF;
}

long sys_dup3(int oldfd, int newfd, int flags)
{
	struct file *file;
	long result;

	if ((flags & ~O_CLOEXEC) || oldfd == newfd)
		return -EINVAL;
	file = fd_get_any(oldfd);
	if (!file)
		return -EBADF;
	result = fd_replace(newfd, file, flags & O_CLOEXEC);
	file_put(file);
	return result;
}

long sys_dup2(int oldfd, int newfd)
{
	if (oldfd == newfd)
		return fd_get_close_on_exec(oldfd) < 0 ? -EBADF : newfd;
	return sys_dup3(oldfd, newfd, 0);
}

long sys_memfd_create(const char __user *name, unsigned flags)
{
	char text[NAME_MAX + 1];
	struct file *file;
	ssize_t len;
	int err;

	len = copy_string_from_user(text, name, sizeof(text));
	if (len < 0)
		return len == -ENAMETOOLONG ? -EINVAL : len;
	err = memfd_create(text, flags, &file);
	return err ? err : fd_install(file, 0, flags & MFD_CLOEXEC);
}
