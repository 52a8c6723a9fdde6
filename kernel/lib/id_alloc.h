/* SPDX-License-Identifier: MIT */
/*
 * Small numbers handed out of a bitmap in storage of the caller: process numbers, minor numbers.
 * Not locked: the owner does.
 */
#pragma once

#include "lib/bitmap.h"

struct id_alloc {
	u64 *bits;
	u32 size; /* ids are 0 .. size - 1 */
	u32 next; /* where the cyclic search goes on */
	u32 nr_used;
};

/* @bits has BITMAP_WORDS(@size) words; they are cleared here. */
void id_alloc_init(struct id_alloc *ids, u64 *bits, u32 size);

/* The lowest free id that is at least @from. Returns: the id, or -ENOSPC. */
int id_alloc_lowest(struct id_alloc *ids, u32 from) __must_check;

/* The next free id after the one handed out last, going round to @from. Returns: the id, or
 * -ENOSPC. */
int id_alloc_cyclic(struct id_alloc *ids, u32 from) __must_check;

/* Take this very id. Returns: 0, -EBUSY when it is taken, -ERANGE. */
int id_alloc_exact(struct id_alloc *ids, u32 id) __must_check;

/* Give back an id that is in use. */
void id_alloc_free(struct id_alloc *ids, u32 id);

/* Go on in a larger bitmap, into which the old one is copied. Returns the old storage. */
u64 *id_alloc_grow(struct id_alloc *ids, u64 *bits, u32 size);

static inline bool id_alloc_is_used(const struct id_alloc *ids, u32 id)
{
	return id < ids->size && bitmap_test(ids->bits, id);
}
