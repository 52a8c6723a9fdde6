/* SPDX-License-Identifier: MIT */
/*
 * Where a read stores its bytes or a write finds them: one or several segments of user or kernel
 * memory, consumed from the front as the transfer proceeds.
 */
#pragma once

#include "arch/arch_uaccess.h"

struct uio_segment {
	void *base; /* user or kernel address, see struct uio.is_user */
	size_t len_bytes;
};

struct uio {
	char *at;		    /* the next byte */
	size_t left_bytes;	    /* bytes left in all */
	size_t later_bytes;	    /* of these, in later segments than the one at `at` */
	struct uio_segment *others; /* these segments; not used while later_bytes is 0 */
	bool is_user;
};

static __always_inline void uio_init_user(struct uio *uio, void __user *base, size_t len_bytes)
{
	uio->at = (char *)base;
	uio->left_bytes = len_bytes;
	uio->later_bytes = 0;
	uio->is_user = true;
}
static inline void uio_init_kernel(struct uio *uio, void *base, size_t len_bytes)
{
	uio_init_user(uio, base, len_bytes);
	uio->is_user = false;
}
/* @nr segments of the program with @total_bytes; the uio refers to them as long as it is used. */
static inline void uio_init_vector(struct uio *uio, struct uio_segment *segments, unsigned nr,
				   size_t total_bytes)
{
	uio_init_user(uio, nr ? segments->base : NULL, total_bytes);
	uio->later_bytes = nr ? total_bytes - segments->len_bytes : 0;
	uio->others = segments + 1;
}

/*
 * Copy @len_bytes (at most left_bytes) from @from into the uio (a read), or from the uio to @to (a
 * write), and advance it. Returns the bytes copied: fewer only when user memory faulted. May sleep
 * when is_user.
 */
size_t uio_copy_in_slow(struct uio *uio, const void *from, size_t len_bytes);
size_t uio_copy_out_slow(struct uio *uio, void *to, size_t len_bytes);

/* The common case: everything is in one segment of user memory. */
static __always_inline bool uio_is_simple(const struct uio *uio, size_t len_bytes)
{
	return uio->is_user && len_bytes <= uio->left_bytes - uio->later_bytes;
}
static inline size_t uio_copy_in(struct uio *uio, const void *from, size_t len_bytes)
{
	size_t done;

	if (unlikely(!uio_is_simple(uio, len_bytes)))
		return uio_copy_in_slow(uio, from, len_bytes);
	done = len_bytes - arch_copy_to_user((void __user *)uio->at, from, len_bytes);
	uio->at += done;
	uio->left_bytes -= done;
	return done;
}
static inline size_t uio_copy_out(struct uio *uio, void *to, size_t len_bytes)
{
	size_t done;

	if (unlikely(!uio_is_simple(uio, len_bytes)))
		return uio_copy_out_slow(uio, to, len_bytes);
	done = len_bytes - arch_copy_from_user(to, (const void __user *)uio->at, len_bytes);
	uio->at += done;
	uio->left_bytes -= done;
	return done;
}
size_t uio_zero(struct uio *uio, size_t len_bytes);
/* Skip without copying. */
void uio_advance(struct uio *uio, size_t len_bytes);
