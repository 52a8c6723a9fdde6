// SPDX-License-Identifier: MIT
/* mem_devices.c -- /dev/null, zero, full, random and urandom. */
#include "dev/mem_devices.h"

#include "arch/arch_uaccess.h"
#include "core/assert.h"
#include "core/errno.h"
#include "core/random.h"
#include "vfs/inode/device_number.h"

#define MEM_MAJOR 1
#define CHUNK_BYTES KIB(64)
#define RANDOM_BYTES 256U

static ssize_t null_read(struct file *file, struct uio *uio, u64 *pos)
{
	return 0;
}

static ssize_t null_write(struct file *file, struct uio *uio, u64 *pos)
{
	return (ssize_t)uio->left_bytes;
}

/*
 * Let @move transfer @uio in pieces of up to @chunk bytes, so that a signal ends a huge transfer.
 * It returns how many it moved; fewer than it should mean a fault.
 */
static ssize_t move_in_pieces(struct uio *uio, size_t chunk, size_t (*move)(struct uio *, size_t))
{
	size_t total = 0;

	while (uio->left_bytes) {
		size_t len = min(uio->left_bytes, chunk), done = move(uio, len);

		total += done;
		if (done < len)
			return total ? (ssize_t)total : -EFAULT;
		if (thread_signal_pending(current_thread()))
			break;
	}
	return (ssize_t)total;
}

/* Usually one segment of user memory. */
static ssize_t zero_read(struct file *file, struct uio *uio, u64 *pos)
{
	size_t len = uio->left_bytes, left;

	if (!len)
		return 0;
	if (unlikely(len > CHUNK_BYTES || !uio_is_simple(uio, len)))
		return move_in_pieces(uio, CHUNK_BYTES, uio_zero);
	left = arch_clear_user((void __user *)uio->at, len);
	return likely(left < len) ? (ssize_t)(len - left) : -EFAULT;
}

static ssize_t full_write(struct file *file, struct uio *uio, u64 *pos)
{
	return -ENOSPC;
}

static size_t put_random(struct uio *uio, size_t len)
{
	u8 bytes[RANDOM_BYTES];

	random_bytes(bytes, len);
	return uio_copy_in(uio, bytes, len);
}

static ssize_t random_read(struct file *file, struct uio *uio, u64 *pos)
{
	return move_in_pieces(uio, RANDOM_BYTES, put_random);
}

static size_t take_random(struct uio *uio, size_t len)
{
	u8 bytes[RANDOM_BYTES];
	size_t done = uio_copy_out(uio, bytes, len);

	random_mix(bytes, done);
	return done;
}

static ssize_t random_write(struct file *file, struct uio *uio, u64 *pos)
{
	return move_in_pieces(uio, RANDOM_BYTES, take_random);
}

/* A mapping of /dev/zero is anonymous memory. */
static int zero_mmap(struct file *file, struct vm_map_request *request)
{
	request->object = NULL;
	request->object_index = 0;
	request->backing = NULL;
	return 0;
}

static int stream_open(struct inode *inode, struct file *file)
{
	file->mode |= FILE_STREAM;
	return 0;
}

static const struct file_ops null_ops = {
	.open = stream_open, .read = null_read, .write = null_write};
static const struct file_ops zero_ops = {
	.open = stream_open, .read = zero_read, .write = null_write, .mmap = zero_mmap};
static const struct file_ops full_ops = {
	.open = stream_open, .read = zero_read, .write = full_write};
static const struct file_ops random_ops = {
	.open = stream_open, .read = random_read, .write = random_write};

void mem_devices_init(void)
{
	static const struct {
		u32 minor;
		const char *name;
		const struct file_ops *ops;
	} devices[] = {
		{3, "null", &null_ops},	    {5, "zero", &zero_ops},	 {7, "full", &full_ops},
		{8, "random", &random_ops}, {9, "urandom", &random_ops},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(devices); i++)
		if (char_device_register(device_make(MEM_MAJOR, devices[i].minor), devices[i].name,
					 0666, devices[i].ops, NULL) != 0)
			panic("cannot register /dev/%s", devices[i].name);
}
