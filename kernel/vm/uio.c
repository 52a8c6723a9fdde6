// SPDX-License-Identifier: MIT
/* uio.c -- copying between kernel memory and the segments of a read or write. */
#include "vm/uio.h"

#include "arch/arch_uaccess.h"
#include "lib/string.h"

enum uio_direction { UIO_IN, UIO_OUT, UIO_ZERO };

/* Transfer @len bytes at the current position, within one segment; returns the bytes done. */
static size_t move(const struct uio *uio, enum uio_direction direction, void *kernel, size_t len)
{
	char *at = uio->at;

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

/* Bytes left in the current segment; 0 only when nothing is left at all. */
static size_t front_bytes(struct uio *uio)
{
	while (uio->left_bytes == uio->later_bytes && uio->later_bytes) {
		uio->at = uio->others->base;
		uio->later_bytes -= uio->others->len_bytes;
		uio->others++;
	}
	return uio->left_bytes - uio->later_bytes;
}

static size_t transfer(struct uio *uio, enum uio_direction direction, void *kernel,
		       size_t len_bytes)
{
	size_t done = 0;

	len_bytes = min(len_bytes, uio->left_bytes);
	while (done < len_bytes) {
		size_t part = min(len_bytes - done, front_bytes(uio));
		size_t moved = move(uio, direction, (char *)kernel + done, part);

		done += moved;
		uio->at += moved;
		uio->left_bytes -= moved;
		if (moved < part)
			break;
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
	while (len_bytes) {
		size_t part = min(len_bytes, front_bytes(uio));

		uio->at += part;
		uio->left_bytes -= part;
		len_bytes -= part;
	}
}
