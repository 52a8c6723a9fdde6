// SPDX-License-Identifier: MIT
/* io_vector.c -- copying in the segments of a vector call. */
#include "vm/io_vector.h"

#include "core/errno.h"
#include "mm/kmalloc.h"
#include "vm/user_copy.h"

#include <linux/uio.h>

static_assert(sizeof(struct uio_segment) == sizeof(struct iovec) &&
		      offsetof(struct uio_segment, base) == offsetof(struct iovec, iov_base) &&
		      offsetof(struct uio_segment, len_bytes) == offsetof(struct iovec, iov_len),
	      "the segments are copied in as the program laid them out");

void io_vector_free(struct io_vector *vector)
{
	if (vector->segments != vector->inline_segments)
		kfree(vector->segments);
}

/*
 * Check each segment, and truncate them to RW_BYTES_MAX in all. -EINVAL for a length above
 * SSIZE_MAX.
 */
static int vector_check(struct io_vector *vector, unsigned nr)
{
	size_t total = 0;

	for (unsigned i = 0; i < nr; i++) {
		struct uio_segment *segment = &vector->segments[i];

		if ((ssize_t)segment->len_bytes < 0)
			return -EINVAL;
		if (!user_range_ok((const void __user *)segment->base, segment->len_bytes))
			return -EFAULT;
		if (segment->len_bytes > RW_BYTES_MAX - total)
			segment->len_bytes = RW_BYTES_MAX - total;
		total += segment->len_bytes;
	}
	uio_init_vector(&vector->uio, vector->segments, nr, total);
	return 0;
}

int io_vector_get(struct io_vector *vector, const struct iovec __user *vec, unsigned long nr)
{
	int err;

	if (nr > UIO_MAXIOV)
		return -EINVAL;
	vector->segments = vector->inline_segments;
	if (nr > IO_VECTOR_INLINE) {
		vector->segments = kmalloc_array(nr, sizeof(*vector->segments), 0);
		if (!vector->segments)
			return -ENOMEM;
	}
	err = copy_from_user(vector->segments, vec, nr * sizeof(*vector->segments));
	if (!err)
		err = vector_check(vector, (unsigned)nr);
	if (err)
		io_vector_free(vector);
	return err;
}
