/* SPDX-License-Identifier: MIT */
/*
 * read(2) and write(2) between an open file and one buffer of the program. A file without a
 * position needs nothing of file_read and file_write. An O_PATH file allows neither, so its mode
 * need not be checked separately.
 */
#pragma once

#include "core/errno.h"
#include "vfs/file/fdtable.h"
#include "vfs/file/file.h"
#include "vm/io_vector.h"

/* Bytes moved, at most RW_BYTES_MAX, or an error. The caller holds @file. May sleep. */
static __always_inline long file_read_user(struct file *file, void __user *buf, size_t count)
{
	struct uio uio;
	u64 none = 0;

	uio_init_user(&uio, buf, likely(count <= RW_BYTES_MAX) ? count : RW_BYTES_MAX);
	if (unlikely((file->mode & (FILE_READ | FILE_SEEKABLE)) != FILE_READ || !file->ops->read))
		return file_read(file, &uio, NULL);
	return file->ops->read(file, &uio, &none);
}

static __always_inline long file_write_user(struct file *file, const void __user *buf, size_t count)
{
	struct uio uio;
	u64 none = 0;

	uio_init_user(&uio, (void __user *)buf,
		      likely(count <= RW_BYTES_MAX) ? count : RW_BYTES_MAX);
	if (unlikely((file->mode & (FILE_WRITE | FILE_SEEKABLE)) != FILE_WRITE ||
		     !file->ops->write))
		return file_write(file, &uio, NULL);
	return file->ops->write(file, &uio, &none);
}

/* The same for @fd of @table, which other threads use too; also -EBADF. In fd_find.c. */
long fd_read_shared(int fd, void __user *buf, size_t count, struct fdtable *table);
long fd_write_shared(int fd, const void __user *buf, size_t count, struct fdtable *table);
