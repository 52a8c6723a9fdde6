// SPDX-License-Identifier: MIT
/* file_transfer.c -- copying from file to file within the kernel. */
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
static int side_init(struct side *side, struct file *file, const off_t __user *pos)
{
	int err;

	side->file = file;
	side->pos = NULL;
	if (!pos)
		return 0;
	if (!(file->mode & FILE_SEEKABLE))
		return -ESPIPE;
	err = get_user_u64(&side->at, (const u64 __user *)pos);
	if (!err && (s64)side->at < 0)
		err = -EINVAL;
	side->pos = &side->at;
	return err;
}

static ssize_t side_finish(const struct side *side, off_t __user *pos, ssize_t result)
{
	return result >= 0 && pos && put_user_u64(side->at, (u64 __user *)pos) ? -EFAULT : result;
}

/* Are the two ranges in one file, and do they overlap? */
static bool overlap(const struct side *in, const struct side *out, size_t count)
{
	u64 in_at = in->pos ? in->at : in->file->pos, out_at = out->pos ? out->at : out->file->pos;

	return in->file->inode == out->file->inode && in_at < out_at + count &&
	       out_at < in_at + count;
}

ssize_t file_copy(struct file *in_file, off_t __user *in_pos, struct file *out_file,
		  off_t __user *out_pos, size_t count)
{
	struct side in, out;
	ssize_t result = side_init(&in, in_file, in_pos);

	if (!result)
		result = side_init(&out, out_file, out_pos);
	if (result)
		return result;
	if (!(in_file->mode & FILE_READ) || !(out_file->mode & FILE_WRITE))
		return -EBADF;
	count = min(count, TRANSFER_MAX);
	if (S_ISREG(in_file->inode->mode) && overlap(&in, &out, count))
		return -EINVAL;
	result = transfer(&in, &out, count);
	result = side_finish(&in, in_pos, result);
	return side_finish(&out, out_pos, result);
}
