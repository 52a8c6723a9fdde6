// SPDX-License-Identifier: MIT
/*
 * sys_xattr.c -- extended attributes: no file system supports them. Errors in the arguments are
 * reported all the same, as programs expect. xattr(7).
 */
#include "core/errno.h"
#include "syscall/syscalls.h"
#include "vfs/file/fdtable.h"
#include "vfs/inode/xattr.h"
#include "vfs/name/path_walk.h"

/* Errors of the path take precedence over @err, that of the name or the flags. */
static long path_then(const char __user *path, unsigned walk, long err)
{
	struct inode_view view;
	long result = path_view_inode_user(AT_FDCWD, path, walk, &view);

	if (result)
		return result;
	inode_view_end(&view);
	return err ? err : -EOPNOTSUPP;
}

static long fd_then(int fd, long err)
{
	struct fd_ref ref = fd_get_light(fd);

	if (!ref.file)
		return -EBADF;
	fd_put_light(ref);
	return err ? err : -EOPNOTSUPP;
}

long sys_setxattr(const char __user *path, const char __user *name, const void __user *value,
		  size_t size, int flags)
{
	return path_then(path, WALK_FOLLOW, xattr_check_set(name, size, flags));
}

long sys_lsetxattr(const char __user *path, const char __user *name, const void __user *value,
		   size_t size, int flags)
{
	return path_then(path, 0, xattr_check_set(name, size, flags));
}

long sys_fsetxattr(int fd, const char __user *name, const void __user *value, size_t size,
		   int flags)
{
	return fd_then(fd, xattr_check_set(name, size, flags));
}

long sys_getxattr(const char __user *path, const char __user *name, void __user *value, size_t size)
{
	return path_then(path, WALK_FOLLOW, xattr_check_name(name));
}

long sys_lgetxattr(const char __user *path, const char __user *name, void __user *value,
		   size_t size)
{
	return path_then(path, 0, xattr_check_name(name));
}

long sys_fgetxattr(int fd, const char __user *name, void __user *value, size_t size)
{
	return fd_then(fd, xattr_check_name(name));
}

long sys_listxattr(const char __user *path, char __user *list, size_t size)
{
	return path_then(path, WALK_FOLLOW, 0);
}

long sys_llistxattr(const char __user *path, char __user *list, size_t size)
{
	return path_then(path, 0, 0);
}

long sys_flistxattr(int fd, char __user *list, size_t size)
{
	return fd_then(fd, 0);
}

long sys_removexattr(const char __user *path, const char __user *name)
{
	return path_then(path, WALK_FOLLOW, xattr_check_name(name));
}

long sys_lremovexattr(const char __user *path, const char __user *name)
{
	return path_then(path, 0, xattr_check_name(name));
}

long sys_fremovexattr(int fd, const char __user *name)
{
	return fd_then(fd, xattr_check_name(name));
}
