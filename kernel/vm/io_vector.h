/* SPDX-License-Identifier: MIT */
/* The segments of readv, writev, sendmsg and recvmsg, as the program passes them. */
#pragma once

#include "vm/uio.h"

struct iovec;

#define RW_BYTES_MAX 0x7ffff000UL /* the most that one call transfers */
#define IO_VECTOR_INLINE 8U

struct io_vector {
	struct uio uio;
	struct uio_segment inline_segments[IO_VECTOR_INLINE];
	struct uio_segment *segments;
};

/*
 * Copy in and check @nr segments. 0: vector->uio is ready, and the caller must call
 * io_vector_free(). -EINVAL, -EFAULT, -ENOMEM.
 */
int io_vector_get(struct io_vector *vector, const struct iovec __user *vec, unsigned long nr)
	__must_check;
void io_vector_free(struct io_vector *vector);
