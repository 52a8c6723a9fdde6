// SPDX-License-Identifier: MIT
/*
 * block_file.c -- an open node of a disk or partition: its bytes, from anywhere to anywhere.
 *
 * Idea.  There is no cache: a read or write goes to the device, through a few pages of ours, in
 *   whole blocks. Where a write begins or ends inside of a block, that block is read first, and
 *   written with what it had. So what a write has returned for is on the device (or in its own
 *   cache, which fsync(2) flushes), every other opener sees it, and there is nothing to be kept in
 *   step with mappings or with a file system.
 * Locks.  disk->write_lock from such a read to its write, and during any other write: a block is
 *   not written in between. The program's bytes are copied before, without it.
 * Cost.  A copy more than needed, and a wait for the device in each call: file systems have their
 *   own caches above the block layer.
 * Not done.  mmap(2).
 * Tests.  tests/system/disk.t
 */
#include "block/block_file.h"

#include "block/block_device.h"
#include "core/assert.h"
#include "core/errno.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "vfs/cred.h"
#include "vfs/file/file.h"
#include "vm/user_copy.h"

#include <linux/capability.h>
#include <linux/fs.h>

#define BOUNCE_PAGES 16U

/* Memory between the device and the program, for the blocks of one piece of a transfer. */
struct bounce {
	struct page *pages[BOUNCE_PAGES];
	unsigned nr;
	u64 start, end; /* of the device, in bytes: whole blocks */
};

static u64 size_of(const struct block_device *device)
{
	return device->nr_sectors << SECTOR_SHIFT;
}

/* Get pages for up to @len_bytes; fewer are enough. 0, -ENOMEM. */
static int bounce_alloc(struct bounce *b, const struct block_device *device, u64 len_bytes)
{
	const struct block_limits *l = &device->queue->limits;
	u64 wanted = div_round_up(len_bytes, PAGE_SIZE) + 1; /* it may begin inside of a page */

	wanted = min(wanted, (u64)min(l->max_bytes / (u32)PAGE_SIZE, l->max_segments));
	for (b->nr = 0; b->nr < min(wanted, (u64)BOUNCE_PAGES); b->nr++) {
		b->pages[b->nr] = page_alloc_one(PAGE_KERNEL);
		if (!b->pages[b->nr])
			break;
	}
	return b->nr ? 0 : -ENOMEM;
}

static void bounce_free(struct bounce *b)
{
	while (b->nr)
		page_put(b->pages[--b->nr]);
}

/* Choose the blocks for the next piece of [pos, end). */
static void bounce_place(struct bounce *b, const struct block_device *device, u64 pos, u64 end)
{
	u32 block_bytes = device->queue->limits.block_bytes;

	b->start = align_down(pos, block_bytes);
	b->end = min(align_up(end, block_bytes), b->start + b->nr * PAGE_SIZE);
}

static int bounce_submit(struct bounce *b, struct block_device *device,
			 enum block_operation operation, bool is_durable)
{
	struct block_segment segments[BOUNCE_PAGES];
	struct block_request request = {.operation = operation,
					.is_durable = is_durable,
					.sector = b->start >> SECTOR_SHIFT,
					.segments = segments};
	u64 left = b->end - b->start;

	for (; left; request.nr_segments++) {
		u32 len = (u32)min(left, PAGE_SIZE);

		segments[request.nr_segments] =
			(struct block_segment){b->pages[request.nr_segments], 0, len};
		left -= len;
	}
	return block_submit_and_wait(device, &request);
}

/* Copy between the program and the bytes [pos, end) of the device. Returns how many. */
static size_t bounce_copy(struct bounce *b, struct uio *uio, u64 pos, u64 end,
			  size_t (*copy)(struct uio *uio, void *at, size_t len))
{
	size_t total = 0;

	while (pos < end) {
		u64 offset = pos - b->start;
		size_t len = min(end - pos, PAGE_SIZE - offset % PAGE_SIZE);
		size_t done =
			copy(uio,
			     (u8 *)page_to_virt(b->pages[offset / PAGE_SIZE]) + offset % PAGE_SIZE,
			     len);

		total += done;
		pos += done;
		if (done < len)
			break;
	}
	return total;
}

static size_t copy_in(struct uio *uio, void *at, size_t len)
{
	return uio_copy_in(uio, at, len);
}

static size_t copy_out(struct uio *uio, void *at, size_t len)
{
	return uio_copy_out(uio, at, len);
}

/* What a transfer returns that has done @total bytes before @err or a signal ended it. */
static ssize_t result_of(size_t total, int err)
{
	return total ? (ssize_t)total : err;
}

static ssize_t block_file_read(struct file *file, struct uio *uio, u64 *pos)
{
	struct block_device *device = file->data;
	u64 size = size_of(device), end;
	struct bounce b;
	size_t total = 0;
	int err;

	if (*pos >= size || !uio->left_bytes)
		return 0;
	end = *pos + min(size - *pos, uio->left_bytes);
	err = bounce_alloc(&b, device, end - *pos);
	while (!err && *pos < end) {
		u64 to;
		size_t done;

		bounce_place(&b, device, *pos, end);
		err = bounce_submit(&b, device, BLOCK_READ, false);
		if (err)
			break;
		to = min(end, b.end);
		done = bounce_copy(&b, uio, *pos, to, copy_in);
		total += done;
		*pos += done;
		if (*pos < to)
			err = -EFAULT;
		else if (thread_signal_pending(current_thread()))
			break;
	}
	bounce_free(&b);
	return result_of(total, err);
}

/*
 * Fill in what the first or last block has outside of [pos, end), as it is on the device. Locks:
 * the disk's write_lock held.
 */
static int read_around(struct bounce *b, struct block_device *device, u64 pos, u64 end)
{
	u32 block_bytes = device->queue->limits.block_bytes;
	struct page *page = page_alloc_one(PAGE_KERNEL);
	int err = 0;

	if (!page)
		return -ENOMEM;
	for (u64 at = b->start; at < b->end && !err; at += block_bytes) {
		u64 offset = at - b->start;
		u8 *to = (u8 *)page_to_virt(b->pages[offset / PAGE_SIZE]) + offset % PAGE_SIZE;
		const u8 *from = page_to_virt(page);
		u32 head = pos > at ? (u32)(pos - at) : 0; /* bytes that stay */
		u32 tail = end < at + block_bytes ? (u32)(end - at) : block_bytes;

		if (!head && tail == block_bytes)
			continue;
		err = block_transfer(device, BLOCK_READ, at >> SECTOR_SHIFT, page, block_bytes);
		if (err)
			break;
		memcpy(to, from, head);
		memcpy(to + tail, from + tail, block_bytes - tail);
	}
	page_put(page);
	return err;
}

/* Write [pos, end), which the bounce pages have. */
static int write_piece(struct bounce *b, struct file *file, u64 pos, u64 end)
{
	struct block_device *device = file->data;
	struct mutex *lock = &(device->disk ? device->disk : device)->write_lock;
	int err = 0;

	bounce_place(b, device, pos, end); /* fewer blocks, if fewer bytes were copied */
	mutex_lock(lock);
	if (pos != b->start || end != b->end)
		err = read_around(b, device, pos, end);
	if (!err)
		err = bounce_submit(b, device, BLOCK_WRITE, READ_ONCE(file->flags) & O_DSYNC);
	mutex_unlock(lock);
	return err;
}

static ssize_t block_file_write(struct file *file, struct uio *uio, u64 *pos)
{
	struct block_device *device = file->data;
	u64 size = size_of(device), end;
	struct bounce b;
	size_t total = 0;
	int err;

	if (device->is_read_only)
		return -EPERM;
	if (READ_ONCE(file->flags) & O_APPEND)
		*pos = size;
	if (!uio->left_bytes)
		return 0;
	if (*pos >= size)
		return -ENOSPC;
	end = *pos + min(size - *pos, uio->left_bytes);
	err = bounce_alloc(&b, device, end - *pos);
	while (!err && *pos < end) {
		u64 to;
		size_t done;

		bounce_place(&b, device, *pos, end);
		to = min(end, b.end);
		done = bounce_copy(&b, uio, *pos, to, copy_out);
		if (done)
			err = write_piece(&b, file, *pos, *pos + done);
		if (err)
			break;
		total += done;
		*pos += done;
		if (*pos < to)
			err = -EFAULT;
		else if (thread_signal_pending(current_thread()))
			break;
	}
	bounce_free(&b);
	return result_of(total, err);
}

/* As on Linux, a place behind the end is none. Locks: the file's pos_lock. */
static s64 block_file_seek(struct file *file, s64 offset, int whence)
{
	s64 size = (s64)size_of(file->data), at;
	s64 base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (s64)file->pos : size;

	if (whence > SEEK_END || __builtin_add_overflow(base, offset, &at) || at < 0 || at > size)
		return -EINVAL;
	file->pos = (u64)at;
	return at;
}

static int block_file_fsync(struct file *file)
{
	return block_flush(file->data);
}

/* The largest block, up to a page, of which the device has a whole number. */
static u32 soft_block_bytes(const struct block_device *device)
{
	u32 bytes = (u32)PAGE_SIZE;

	while (size_of(device) % bytes)
		bytes /= 2;
	return max(bytes, device->queue->limits.block_bytes);
}

static long block_file_ioctl(struct file *file, unsigned cmd, u64 arg)
{
	const struct block_device *device = file->data;
	u32 __user *number = (u32 __user *)arg;
	u64 __user *size = (u64 __user *)arg;

	switch (cmd) {
	case BLKGETSIZE64:
		return put_user_u64(size_of(device), size);
	case BLKGETSIZE:
		return put_user_u64(device->nr_sectors, size);
	case BLKSSZGET:
	case BLKPBSZGET:
		return put_user_u32(device->queue->limits.block_bytes, number);
	case BLKBSZGET:
		return put_user_u32(soft_block_bytes(device), number);
	case BLKROGET:
		return put_user_u32(device->is_read_only, number);
	case BLKFLSBUF: /* there is nothing of it in memory but what the device has */
		return capable(CAP_SYS_ADMIN) ? block_file_fsync(file) : -EACCES;
	default:
		return -ENOTTY;
	}
}

static int block_file_open(struct inode *inode, struct file *file)
{
	file->data = block_device_find(inode->device);
	file->mode |= FILE_SEEKABLE;
	return file->data ? 0 : -ENXIO;
}

static const struct file_ops block_file_ops = {
	.open = block_file_open,
	.read = block_file_read,
	.write = block_file_write,
	.seek = block_file_seek,
	.ioctl = block_file_ioctl,
	.fsync = block_file_fsync,
};

void block_file_init(void)
{
	vfs_set_block_ops(&block_file_ops);
}
