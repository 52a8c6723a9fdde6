/* SPDX-License-Identifier: MIT */
/*
 * Where a read puts its bytes or a write finds them: one or several segments, of user or kernel
 * memory.
 * Consumed from the front as the transfer goes.
 */
#pragma once

#include "arch/arch_uaccess.h"

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
size_t uio_copy_in_slow(struct uio *uio, const void *from, size_t len_bytes);
size_t uio_copy_out_slow(struct uio *uio, void *to, size_t len_bytes);

/* The common case: one segment of the program's. */
static __always_inline bool uio_is_simple(const struct uio *uio, size_t len_bytes)
{
	return uio->is_user && uio->nr_segments == 1 && len_bytes <= uio->left_bytes;
}
static inline size_t uio_copy_in(struct uio *uio, const void *from, size_t len_bytes)
{
	void __user *at = (char __user *)uio->segments->base + uio->offset;
	size_t done;

	if (unlikely(!uio_is_simple(uio, len_bytes)))
		return uio_copy_in_slow(uio, from, len_bytes);
	done = len_bytes - arch_copy_to_user(at, from, len_bytes);
	uio->left_bytes -= done;
	uio->offset += done;
	return done;
}
static inline size_t uio_copy_out(struct uio *uio, void *to, size_t len_bytes)
{
	const void __user *at = (const char __user *)uio->segments->base + uio->offset;
	size_t done;

	if (unlikely(!uio_is_simple(uio, len_bytes)))
		return uio_copy_out_slow(uio, to, len_bytes);
	done = len_bytes - arch_copy_from_user(to, at, len_bytes);
	uio->left_bytes -= done;
	uio->offset += done;
	return done;
}
size_t uio_zero(struct uio *uio, size_t len_bytes);
/* Skip without copying. */
void uio_advance(struct uio *uio, size_t len_bytes);
