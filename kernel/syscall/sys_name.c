// SPDX-License-Identifier: MIT
/*
 * sys_name.c -- calls that create, rename, remove and read names.
 *
 * Parts.  A call for each form with and without a directory. Paths are copied in (path_buffer_get),
 *   and the work is done in vfs/name/name_ops.c and rename.c.
 * Tests.  tests/guest/file/file_links.c, file_rename.c, file_dirs.c.
 */
#include "core/errno.h"
#include "syscall/syscalls.h"
#include "vfs/name/name_ops.h"

#include <linux/fcntl.h>

static long make_node(int dirfd, const char __user *path, mode_t mode, dev_t device)
{
	struct path_buffer buffer;
	long result = path_buffer_get(&buffer, path);

	if (!result)
		result = vfs_mknod(dirfd, buffer.name, mode, device);
	path_buffer_fini(&buffer);
	return result;
}

long sys_mknodat(int dirfd, const char __user *path, mode_t mode, unsigned dev)
{
	if (!(mode & S_IFMT))
		mode |= S_IFREG;
	if (!S_ISREG(mode) && !S_ISCHR(mode) && !S_ISBLK(mode) && !S_ISFIFO(mode) &&
	    !S_ISSOCK(mode))
		return S_ISDIR(mode) ? -EPERM : -EINVAL;
	return make_node(dirfd, path, mode & (S_IFMT | 07777),
			 S_ISCHR(mode) || S_ISBLK(mode) ? dev : 0);
}

long sys_mknod(const char __user *path, mode_t mode, unsigned dev)
{
	return sys_mknodat(AT_FDCWD, path, mode, dev);
}

long sys_mkdirat(int dirfd, const char __user *path, mode_t mode)
{
	return make_node(dirfd, path, S_IFDIR | (mode & 01777), 0);
}

long sys_mkdir(const char __user *path, mode_t mode)
{
	return sys_mkdirat(AT_FDCWD, path, mode);
}

long sys_unlinkat(int dirfd, const char __user *path, int flags)
{
	struct path_buffer buffer;
	long result;

	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	result = path_buffer_get(&buffer, path);
	if (!result)
		result = vfs_unlink(dirfd, buffer.name, flags & AT_REMOVEDIR);
	path_buffer_fini(&buffer);
	return result;
}

long sys_unlink(const char __user *path)
{
	return sys_unlinkat(AT_FDCWD, path, 0);
}

long sys_rmdir(const char __user *path)
{
	return sys_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

long sys_symlinkat(const char __user *target, int dirfd, const char __user *path)
{
	struct path_buffer text, name;
	long result = path_buffer_get(&text, target);

	if (!result) {
		result = path_buffer_get(&name, path);
		if (!result)
			result = vfs_symlink(text.name, dirfd, name.name);
		path_buffer_fini(&name);
	}
	path_buffer_fini(&text);
	return result;
}

long sys_symlink(const char __user *target, const char __user *path)
{
	return sys_symlinkat(target, AT_FDCWD, path);
}

long sys_linkat(int olddirfd, const char __user *oldpath, int newdirfd, const char __user *newpath,
		int flags)
{
	struct path_buffer from, to;
	long result = path_buffer_get_maybe_empty(&from, oldpath);

	if (!result) {
		result = path_buffer_get(&to, newpath);
		if (!result)
			result = vfs_link(olddirfd, from.name, newdirfd, to.name, flags);
		path_buffer_fini(&to);
	}
	path_buffer_fini(&from);
	return result;
}

long sys_link(const char __user *oldpath, const char __user *newpath)
{
	return sys_linkat(AT_FDCWD, oldpath, AT_FDCWD, newpath, 0);
}

long sys_renameat2(int olddirfd, const char __user *oldpath, int newdirfd,
		   const char __user *newpath, unsigned flags)
{
	struct path_buffer from, to;
	long result = path_buffer_get(&from, oldpath);

	if (!result) {
		result = path_buffer_get(&to, newpath);
		if (!result)
			result = vfs_rename(olddirfd, from.name, newdirfd, to.name, flags);
		path_buffer_fini(&to);
	}
	path_buffer_fini(&from);
	return result;
}

long sys_renameat(int olddirfd, const char __user *oldpath, int newdirfd,
		  const char __user *newpath)
{
	return sys_renameat2(olddirfd, oldpath, newdirfd, newpath, 0);
}

long sys_rename(const char __user *oldpath, const char __user *newpath)
{
	return sys_renameat2(AT_FDCWD, oldpath, AT_FDCWD, newpath, 0);
}

long sys_readlinkat(int dirfd, const char __user *path, char __user *buf, int size)
{
	struct path found;
	long result;

	if (size <= 0)
		return -EINVAL;
	result = path_lookup_user(dirfd, path, dirfd == AT_FDCWD ? 0 : WALK_EMPTY, &found);
	if (result)
		return result;
	result = vfs_readlink_user(&found, buf, (size_t)size);
	path_put(&found);
	return result;
}

long sys_readlink(const char __user *path, char __user *buf, int size)
{
	return sys_readlinkat(AT_FDCWD, path, buf, size);
}
