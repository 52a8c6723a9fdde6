/* SPDX-License-Identifier: MIT */
/*
 * What object caches check in every build: that a freed object belongs to the cache and is in use,
 * and that free objects are not written to. slab.c defines what a free object begins with (L7).
 */
#pragma once

#include "mm/slab.h"

#define SLAB_NO_OBJECT 0xffff	/* the place that ends a slab's chain of free objects */
#define SLAB_FREE_IN_MAGAZINE 0 /* the place in free objects that are in a magazine */

extern u64 slab_secret; /* [I] random, by slab_init() */

/* What the free @object begins with; @next is the place of the next free object, in words. */
static __always_inline u64 slab_free_word(const void *object, u16 next)
{
	return slab_secret ^ (uintptr_t)object ^ next;
}

/*
 * The place stored in a free object. For an object in use almost certainly a number above 16 bits.
 */
static __always_inline u64 slab_decoded_word(const void *object)
{
	return *(const u64 *)object ^ slab_secret ^ (uintptr_t)object;
}

/* Is the offset a multiple of the stride? Without a division: both have less than 16 bits. */
static __always_inline bool slab_is_at_stride(const struct slab_cache *cache, u32 offset_bytes)
{
	return offset_bytes * cache->stride_inverse < cache->stride_inverse;
}

/* The first page of the slab that contains @object. */
static __always_inline struct page *slab_of_object(const void *object)
{
	struct page *page = virt_to_page(object);

	return page->kind == PAGE_KIND_SLAB_TAIL ? page - page->index : page;
}

/*
 * Does an object of @cache begin at @object in @page, which belongs to no other cache? The
 * remainder at the end of a slab, which is smaller than an object, counts as one.
 */
static __always_inline bool slab_is_object_of_page(const struct slab_cache *cache,
						   const struct page *page, const void *object)
{
	u32 offset = (u32)(uintptr_t)object & (PAGE_SIZE - 1);

	if (page->kind != PAGE_KIND_SLAB) {
		if (unlikely(page->kind != PAGE_KIND_SLAB_TAIL))
			return false;
		offset += (u32)page->index * (u32)PAGE_SIZE;
	}
	return slab_is_at_stride(cache, offset);
}

/* slab_free() for the @object that begins in @page, of a slab of any cache. */
void slab_free_in_page(const struct page *page, void *object);

/*
 * @object is about to be freed and begins as a free object does: panic if it is free. Never wrong
 * about an object in use; a free object that is just moving between a slab and a magazine may be
 * missed. Locks: takes cache->lock.
 */
void slab_check_not_free(struct slab_cache *cache, const void *object);

/* Panic: a free @object does not begin as it should; @object does not belong to @cache. */
void slab_report_overwritten(const struct slab_cache *cache, const void *object) __cold;
void slab_report_foreign(const struct slab_cache *cache, const void *object) __cold;
