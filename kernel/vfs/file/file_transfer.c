// SPDX-License-Identifier: MIT
/*
 * file_transfer.c -- copying from file to file within the kernel: sendfile(2), copy_file_range(2).
 *
 * Idea.  Reads and writes in turn through a buffer of the kernel, as a program would do it. A side
 *   has a position of the caller's or uses the file's own.
 * Invariants.
 *   X1  The input's position is behind the last byte that was written: it is moved back over what
 *       was read and could not be written. Only a stream has no way back, and loses those bytes.
 *   X2  The position in the caller's memory is written once, at the end.
 * Locks.  Those of each read and write, not over both: another writer may come in between.
 * Cost.  Each byte is copied twice. A transfer ends early at a signal, after TRANSFER_CHUNK bytes.
 * Tests.  tests/guest/file/file_copy.c.
 */
#include "vfs/file/file_transfer.h"

#include "core/errno.h"
#include "mm/kmalloc.h"
#include "sched/thread.h"
#include "vm/user_copy.h"

#define TRANSFER_CHUNK KIB(16)
#define TRANSFER_MAX 0x7ffff000UL

/* One side: a file and a position (pos NULL: the file's own position). */
struct side {
	struct file *file;
	u64 at;
	u64 *pos;
};

/* Write all of @buffer, or as much as possible. */
static ssize_t write_all(struct side *out, char *buffer, size_t len)
{
	size_t done = 0;

	while (done < len) {
		struct uio uio;
		ssize_t written;

		uio_init_kernel(&uio, buffer + done, len - done);
		written = file_write(out->file, &uio, out->pos);
		if (written <= 0)
			return done ? (ssize_t)done : written;
		done += (size_t)written;
	}
	return (ssize_t)done;
}

/* Move the input's position back over what could not be written. */
static void unread(struct side *in, u64 bytes)
{
	if (in->pos)
		*in->pos -= bytes;
	else if (in->file->mode & FILE_SEEKABLE)
		ignore_result(file_seek(in->file, -(s64)bytes, 1) < 0, "it was just there");
}

static ssize_t transfer(struct side *in, struct side *out, size_t count)
{
	char *buffer = kmalloc(TRANSFER_CHUNK, 0);
	ssize_t result = 0;
	size_t total = 0;

	if (!buffer)
		return -ENOMEM;
	while (total < count) {
		size_t len = min(count - total, TRANSFER_CHUNK);
		struct uio uio;
		ssize_t got;

		uio_init_kernel(&uio, buffer, len);
		result = got = file_read(in->file, &uio, in->pos);
		if (got <= 0)
			break;
		result = write_all(out, buffer, (size_t)got);
		if (result < got)
			unread(in, (u64)(got - max(result, (ssize_t)0)));
		if (result <= 0)
			break;
		total += (size_t)result;
		if (result < got || thread_signal_pending(current_thread()))
			break;
	}
	kfree(buffer);
	return total ? (ssize_t)total : result;
}

/* Read the position from user memory, if one is given. */
static int side_init(struct side *side, const off_t __user *pos)
{
	int err;

	if (!pos)
		return 0;
	if (!(side->file->mode & FILE_SEEKABLE))
		return -ESPIPE;
	err = get_user_u64(&side->at, (const u64 __user *)pos);
	if (!err && (s64)side->at < 0)
		err = -EINVAL;
	side->pos = &side->at;
	return err;
}

static int sides_init(struct side *in, const off_t __user *in_pos, struct side *out,
		      const off_t __user *out_pos)
{
	int err = side_init(in, in_pos);

	if (!err)
		err = side_init(out, out_pos);
	if (!err && (!(in->file->mode & FILE_READ) || !(out->file->mode & FILE_WRITE)))
		err = -EBADF;
	return err;
}

static ssize_t side_finish(const struct side *side, off_t __user *pos, ssize_t result)
{
	return result >= 0 && pos && put_user_u64(side->at, (u64 __user *)pos) ? -EFAULT : result;
}

static u64 position_of(const struct side *side)
{
	return side->pos ? side->at : side->file->pos;
}

/* Are the two ranges in one file, and do they overlap? */
static bool overlap(const struct side *in, const struct side *out, size_t count)
{
	u64 in_at = position_of(in), out_at = position_of(out);

	return in->file->inode == out->file->inode && in_at < out_at + count &&
	       out_at < in_at + count;
}

ssize_t file_send(struct file *in_file, off_t __user *in_pos, struct file *out_file, size_t count)
{
	struct side in = {.file = in_file}, out = {.file = out_file};
	ssize_t result = sides_init(&in, in_pos, &out, NULL);

	if (!result && (READ_ONCE(out_file->flags) & O_APPEND))
		result = -EINVAL;
	if (result)
		return result;
	result = transfer(&in, &out, min(count, TRANSFER_MAX));
	return side_finish(&in, in_pos, result);
}

ssize_t file_copy_range(struct file *in_file, off_t __user *in_pos, struct file *out_file,
			off_t __user *out_pos, size_t count)
{
	struct side in = {.file = in_file}, out = {.file = out_file};
	ssize_t result = sides_init(&in, in_pos, &out, out_pos);
	u64 at, size = READ_ONCE(in_file->inode->size_bytes);

	if (result)
		return result;
	at = position_of(&in);
	/* No more than there is now: what is copied behind the end is not copied once more. */
	count = at < size ? min(min(count, TRANSFER_MAX), size - at) : 0;
	if (overlap(&in, &out, count))
		return -EINVAL;
	result = transfer(&in, &out, count);
	result = side_finish(&in, in_pos, result);
	return side_finish(&out, out_pos, result);
}
