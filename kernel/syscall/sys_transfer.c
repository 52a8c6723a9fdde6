// SPDX-License-Identifier: MIT
/* sys_transfer.c -- sendfile, copy_file_range: which files they accept. */
#include "core/errno.h"
#include "syscall/syscalls.h"
#include "vfs/file/fdtable.h"
#include "vfs/file/file_transfer.h"

long sys_sendfile(int out_fd, int in_fd, off_t __user *offset, size_t count)
{
	struct fd_ref in = fd_get_light(in_fd), out = fd_get_light(out_fd);
	long result;

	if (!in.file || !out.file)
		result = -EBADF;
	else if (offset && !(in.file->mode & FILE_SEEKABLE))
		result = -ESPIPE;
	else if (!S_ISREG(inode_mode(in.file->inode)) && !S_ISBLK(inode_mode(in.file->inode)) &&
		 !(in.file->mode & FILE_STREAM))
		result = -EINVAL;
	else
		result = file_send(in.file, offset, out.file, count);
	fd_put_light(out);
	fd_put_light(in);
	return result;
}

long sys_copy_file_range(int in_fd, off_t __user *in_pos, int out_fd, off_t __user *out_pos,
			 size_t len, unsigned flags)
{
	struct fd_ref in, out;
	long result;

	if (flags)
		return -EINVAL;
	in = fd_get_light(in_fd);
	out = fd_get_light(out_fd);
	if (!in.file || !out.file)
		result = -EBADF;
	else if (S_ISDIR(inode_mode(in.file->inode)) || S_ISDIR(inode_mode(out.file->inode)))
		result = -EISDIR;
	else if (!S_ISREG(inode_mode(in.file->inode)) || !S_ISREG(inode_mode(out.file->inode)))
		result = -EINVAL;
	else if (out.file->flags & O_APPEND)
		result = -EBADF;
	else
		result = file_copy_range(in.file, in_pos, out.file, out_pos, len);
	fd_put_light(out);
	fd_put_light(in);
	return result;
}
