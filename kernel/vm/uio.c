// SPDX-License-Identifier: MIT
/* uio.c -- moving bytes between kernel memory and the segments of a read or write. */
#include "vm/uio.h"

#include "arch/arch_uaccess.h"
#include "lib/string.h"

enum uio_direction { UIO_IN, UIO_OUT, UIO_ZERO };

/* Move @len bytes at the front segment; returns the bytes done. */
static size_t move(const struct uio *uio, enum uio_direction direction, void *kernel, size_t len)
{
	char *at = (char *)uio->segments->base + uio->offset;

	if (uio->is_user) {
		switch (direction) {
		case UIO_IN:
			return len - arch_copy_to_user((void __user *)at, kernel, len);
		case UIO_OUT:
			return len - arch_copy_from_user(kernel, (const void __user *)at, len);
		default:
			return len - arch_clear_user((void __user *)at, len);
		}
	}
	switch (direction) {
	case UIO_IN:
		memcpy(at, kernel, len);
		break;
	case UIO_OUT:
		memcpy(kernel, at, len);
		break;
	default:
		memset(at, 0, len);
		break;
	}
	return len;
}

static size_t transfer(struct uio *uio, enum uio_direction direction, void *kernel,
		       size_t len_bytes)
{
	size_t done = 0;

	len_bytes = min(len_bytes, uio->left_bytes);
	while (done < len_bytes) {
		size_t part = min(len_bytes - done, uio->segments->len_bytes - uio->offset), moved;

		moved = part ? move(uio, direction, (char *)kernel + done, part) : 0;
		done += moved;
		uio->left_bytes -= moved;
		uio->offset += moved;
		if (moved < part)
			break;
		if (uio->offset == uio->segments->len_bytes && uio->nr_segments > 1) {
			uio->segments++;
			uio->nr_segments--;
			uio->offset = 0;
		}
	}
	return done;
}

size_t uio_copy_in_slow(struct uio *uio, const void *from, size_t len_bytes)
{
	return transfer(uio, UIO_IN, (void *)from, len_bytes);
}

size_t uio_copy_out_slow(struct uio *uio, void *to, size_t len_bytes)
{
	return transfer(uio, UIO_OUT, to, len_bytes);
}

size_t uio_zero(struct uio *uio, size_t len_bytes)
{
	return transfer(uio, UIO_ZERO, NULL, len_bytes);
}

void uio_advance(struct uio *uio, size_t len_bytes)
{
	len_bytes = min(len_bytes, uio->left_bytes);
	uio->left_bytes -= len_bytes;
	while (len_bytes) {
		size_t part = min(len_bytes, uio->segments->len_bytes - uio->offset);

		uio->offset += part;
		len_bytes -= part;
		if (uio->offset == uio->segments->len_bytes && uio->nr_segments > 1) {
			uio->segments++;
			uio->nr_segments--;
			uio->offset = 0;
		}
	}
}
