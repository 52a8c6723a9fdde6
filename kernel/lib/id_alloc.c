// SPDX-License-Identifier: MIT
#include "lib/id_alloc.h"

#include <linux/errno.h>

#include "lib/string.h"

void id_alloc_init(struct id_alloc *ids, u64 *bits, u32 size)
{
	bitmap_zero(bits, size);
	*ids = (struct id_alloc){.bits = bits, .size = size};
}

static int take(struct id_alloc *ids, size_t id)
{
	bitmap_set(ids->bits, id);
	ids->nr_used++;
	ids->next = (u32)id + 1;
	return (int)id;
}

int id_alloc_lowest(struct id_alloc *ids, u32 from)
{
	size_t id = bitmap_next_clear(ids->bits, ids->size, from);

	return id < ids->size ? take(ids, id) : -ENOSPC;
}

int id_alloc_cyclic(struct id_alloc *ids, u32 from)
{
	size_t id = bitmap_next_clear(ids->bits, ids->size, max(ids->next, from));

	return id < ids->size ? take(ids, id) : id_alloc_lowest(ids, from);
}

int id_alloc_exact(struct id_alloc *ids, u32 id)
{
	u32 next = ids->next;

	if (id >= ids->size)
		return -ERANGE;
	if (bitmap_test(ids->bits, id))
		return -EBUSY;
	(void)take(ids, id);
	ids->next = next;
	return 0;
}

void id_alloc_free(struct id_alloc *ids, u32 id)
{
	if (!id_alloc_is_used(ids, id))
		__builtin_trap();
	bitmap_clear(ids->bits, id);
	ids->nr_used--;
}

u64 *id_alloc_grow(struct id_alloc *ids, u64 *bits, u32 size)
{
	u64 *old = ids->bits;

	bitmap_zero(bits, size);
	memcpy(bits, old, BITMAP_BYTES(ids->size));
	ids->bits = bits;
	ids->size = size;
	return old;
}
