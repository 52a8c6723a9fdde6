// SPDX-License-Identifier: MIT
#include "mm/slab_debug.h"

#include "core/assert.h"
#include "lib/string.h"

#ifdef DEBUG
#define POISON 0x6b
#define MARK_FREE 0xf4eef4eef4eef4eeUL
#define MARK_USED 0x05ed05ed05ed05edUL
#define CHAIN_BYTES 8 /* a free object's first word belongs to slab.c */

/* Where the poison ends and the mark is: before the account's word, if there is one. */
static size_t trailer_offset(const struct slab_cache *cache)
{
	return (cache->account_offset ? cache->account_offset : cache->stride) - sizeof(u64);
}

static u64 *trailer(const struct slab_cache *cache, const void *object)
{
	return (u64 *)((u8 *)object + trailer_offset(cache));
}

/* Others may look at free objects, which keep their bytes. */
static bool is_lasting(const struct slab_cache *cache)
{
	return cache->free_slab;
}

static void check_poison(const struct slab_cache *cache, const void *object, size_t from,
			 const char *what)
{
	const u8 *bytes = object;

	for (size_t i = from; i < trailer_offset(cache); i++)
		if (bytes[i] != POISON)
			panic("%s: object %p %s: byte %lu is %#x", cache->name, object, what,
			      (unsigned long)i, bytes[i]);
}

void slab_debug_set_free(const struct slab_cache *cache, void *object)
{
	size_t from = is_lasting(cache) ? cache->size : 0;

	memset((u8 *)object + from, POISON, trailer_offset(cache) - from);
	*trailer(cache, object) = MARK_FREE ^ (uintptr_t)object;
}

void slab_debug_set_used(const struct slab_cache *cache, void *object)
{
	if (*trailer(cache, object) != (MARK_FREE ^ (uintptr_t)object))
		panic("%s: free object %p was overwritten at its end", cache->name, object);
	check_poison(cache, object, is_lasting(cache) ? cache->size : CHAIN_BYTES,
		     "was written to after its free");
	memset(object, POISON, CHAIN_BYTES);
	*trailer(cache, object) = MARK_USED ^ (uintptr_t)object;
}

void slab_debug_check_free(const struct slab_cache *cache, const void *object)
{
	if (*trailer(cache, object) == (MARK_FREE ^ (uintptr_t)object))
		panic("%s: object %p is freed twice", cache->name, object);
	if (*trailer(cache, object) != (MARK_USED ^ (uintptr_t)object))
		panic("%s: object %p was written past its end, or is none", cache->name, object);
	check_poison(cache, object, max((size_t)cache->size, (size_t)CHAIN_BYTES),
		     "was written past its end");
}
#endif
