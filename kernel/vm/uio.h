/* SPDX-License-Identifier: MIT */
/*
 * Where a read puts its bytes or a write finds them: one or several segments, of user or kernel
 * memory.
 * Consumed from the front as the transfer goes.
 */
#pragma once

#include "lib/compiler.h"

struct uio_segment {
	void *base; /* user or kernel address, see struct uio.is_user */
	size_t len_bytes;
};

struct uio {
	struct uio_segment *segments; /* the first one is partly consumed: `offset` */
	unsigned nr_segments;
	bool is_user;
	size_t offset;		/* bytes of the first segment already done          */
	size_t left_bytes;	/* bytes to go in all                                */
	struct uio_segment one; /* storage for the common single segment           */
};

static inline void uio_init_user(struct uio *uio, void __user *base, size_t len_bytes)
{
	uio->one.base = (void *)base;
	uio->one.len_bytes = len_bytes;
	uio->segments = &uio->one;
	uio->nr_segments = 1;
	uio->is_user = true;
	uio->offset = 0;
	uio->left_bytes = len_bytes;
}
static inline void uio_init_kernel(struct uio *uio, void *base, size_t len_bytes)
{
	uio_init_user(uio, base, len_bytes);
	uio->is_user = false;
}

/* Copy @len_bytes (at most left_bytes) from @from into the uio (a read) / out of it (a write),
 * advancing it. Returns the bytes copied: fewer only when user memory faulted. May sleep when
 * is_user. */
size_t uio_copy_in(struct uio *uio, const void *from, size_t len_bytes); /* kernel -> uio */
size_t uio_copy_out(struct uio *uio, void *to, size_t len_bytes);	 /* uio -> kernel */
size_t uio_zero(struct uio *uio, size_t len_bytes);
/* Skip without copying. */
void uio_advance(struct uio *uio, size_t len_bytes);
