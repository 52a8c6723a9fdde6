/* SPDX-License-Identifier: MIT */
/*
 * Small numbers allocated from a bitmap in the caller's storage: process numbers, minor numbers.
 * Not locked: the caller locks.
 */
#pragma once

#include "lib/bitmap.h"

struct id_alloc {
	u64 *bits;
	u32 size; /* ids are 0 .. size - 1 */
	u32 next; /* where the cyclic search continues */
	u32 nr_used;
};

/* @bits has BITMAP_WORDS(@size) words; they are cleared here. */
void id_alloc_init(struct id_alloc *ids, u64 *bits, u32 size);

/* The lowest free id that is at least @from. Returns: the id, or -ENOSPC. */
int id_alloc_lowest(struct id_alloc *ids, u32 from) __must_check;

/*
 * The next free id after the last one allocated, wrapping around to @from. Returns: the id, or
 * -ENOSPC.
 */
int id_alloc_cyclic(struct id_alloc *ids, u32 from) __must_check;

/* Allocate this id. Returns: 0, -EBUSY when it is in use, -ERANGE. */
int id_alloc_exact(struct id_alloc *ids, u32 id) __must_check;

/* Free an id that is in use. */
void id_alloc_free(struct id_alloc *ids, u32 id);

/* Copy the bitmap to @bits, which is larger, and use that. Returns the old storage. */
u64 *id_alloc_grow(struct id_alloc *ids, u64 *bits, u32 size);

static inline bool id_alloc_is_used(const struct id_alloc *ids, u32 id)
{
	return id < ids->size && bitmap_test(ids->bits, id);
}
