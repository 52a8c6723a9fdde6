// SPDX-License-Identifier: MIT
/*
 * sys_file.c -- calls that read, write and seek open files.
 *
 * Idea.  A descriptor becomes a file, a buffer or several become a uio, and vfs/file/file.c does
 *   the rest. read and write have a fast path: if no other thread uses the descriptor table the
 *   file needs no reference (file_user.h).
 * Invariants.
 *   F1  The file is held during the call: by a reference, or because only this thread could close
 *       its descriptor.
 *   F2  No call moves more than RW_BYTES_MAX bytes.
 * Locks.  None here. The position is locked in file.c, for files that have one.
 * Tests.  tests/guest/file/file_rw.c, file_fd.c.
 */
#include "core/errno.h"
#include "vm/io_vector.h"
#include "syscall/syscalls.h"
#include "vfs/file/fdtable.h"
#include "vfs/file/file_user.h"
#include "vm/user_copy.h"

#include <linux/fs.h>

typedef ssize_t (*transfer_t)(struct file *file, struct uio *uio, u64 *pos);

__no_stack_array long sys_read(int fd, void __user *buf, size_t count)
{
	struct fdtable *table = current_thread()->files;
	struct file *file;

	if (unlikely(!fdtable_is_mine(table)))
		return fd_read_shared(fd, buf, count, table);
	file = fd_borrow(table, fd);
	return likely(file) ? file_read_user(file, buf, count) : -EBADF;
}

__no_stack_array long sys_write(int fd, const void __user *buf, size_t count)
{
	struct fdtable *table = current_thread()->files;
	struct file *file;

	if (unlikely(!fdtable_is_mine(table)))
		return fd_write_shared(fd, buf, count, table);
	file = fd_borrow(table, fd);
	return likely(file) ? file_write_user(file, buf, count) : -EBADF;
}

/* At a position: only for seekable files. */
static long transfer_at(int fd, struct uio *uio, off_t pos, transfer_t transfer)
{
	struct fd_ref ref;
	u64 at = (u64)pos;
	long result;

	if (pos < 0)
		return -EINVAL;
	ref = fd_get_light(fd);
	if (!ref.file)
		return -EBADF;
	if (ref.file->mode & (FILE_SEEKABLE | FILE_STREAM))
		result = transfer(ref.file, uio, &at);
	else
		result = -ESPIPE;
	fd_put_light(ref);
	return result;
}

long sys_pread64(int fd, void __user *buf, size_t count, off_t pos)
{
	struct uio uio;

	uio_init_user(&uio, buf, min(count, RW_BYTES_MAX));
	return transfer_at(fd, &uio, pos, file_read);
}

long sys_pwrite64(int fd, const void __user *buf, size_t count, off_t pos)
{
	struct uio uio;

	uio_init_user(&uio, (void __user *)buf, min(count, RW_BYTES_MAX));
	return transfer_at(fd, &uio, pos, file_write);
}

/* ---- several segments ---- */

static long transfer_vector(int fd, const struct iovec __user *vec, unsigned long vlen,
			    transfer_t transfer)
{
	struct fd_ref ref = fd_get_light(fd);
	struct io_vector vector;
	long result;

	if (!ref.file)
		return -EBADF;
	result = io_vector_get(&vector, vec, vlen);
	if (!result) {
		result = transfer(ref.file, &vector.uio, NULL);
		io_vector_free(&vector);
	}
	fd_put_light(ref);
	return result;
}

static long transfer_vector_at(int fd, const struct iovec __user *vec, unsigned long vlen,
			       off_t pos, transfer_t transfer)
{
	struct io_vector vector;
	long result = io_vector_get(&vector, vec, vlen);

	if (result)
		return result;
	result = transfer_at(fd, &vector.uio, pos, transfer);
	io_vector_free(&vector);
	return result;
}

long sys_readv(int fd, const struct iovec __user *vec, unsigned long vlen)
{
	return transfer_vector(fd, vec, vlen, file_read);
}

long sys_writev(int fd, const struct iovec __user *vec, unsigned long vlen)
{
	return transfer_vector(fd, vec, vlen, file_write);
}

/* The position comes in one register; the high half is a leftover of 32-bit machines. */
long sys_preadv(int fd, const struct iovec __user *vec, unsigned long vlen, off_t pos, u64 pos_high)
{
	(void)pos_high;
	return transfer_vector_at(fd, vec, vlen, pos, file_read);
}

long sys_pwritev(int fd, const struct iovec __user *vec, unsigned long vlen, off_t pos,
		 u64 pos_high)
{
	(void)pos_high;
	return transfer_vector_at(fd, vec, vlen, pos, file_write);
}

/* Flags that request the default behaviour are accepted; others are refused. */
static int check_rwf(int flags)
{
	return flags & ~(RWF_HIPRI | RWF_DSYNC | RWF_SYNC) ? -EOPNOTSUPP : 0;
}

long sys_preadv2(int fd, const struct iovec __user *vec, unsigned long vlen, off_t pos,
		 u64 pos_high, int flags)
{
	int err = check_rwf(flags);

	(void)pos_high;
	if (err)
		return err;
	return pos == -1 ? transfer_vector(fd, vec, vlen, file_read)
			 : transfer_vector_at(fd, vec, vlen, pos, file_read);
}

long sys_pwritev2(int fd, const struct iovec __user *vec, unsigned long vlen, off_t pos,
		  u64 pos_high, int flags)
{
	int err = check_rwf(flags);

	(void)pos_high;
	if (err)
		return err;
	return pos == -1 ? transfer_vector(fd, vec, vlen, file_write)
			 : transfer_vector_at(fd, vec, vlen, pos, file_write);
}

long sys_lseek(int fd, off_t offset, int whence)
{
	struct fd_ref ref = fd_get_light(fd);
	long result;

	if (!ref.file)
		return -EBADF;
	result = file_seek(ref.file, offset, whence);
	fd_put_light(ref);
	return result;
}
