/* SPDX-License-Identifier: MIT */
/*
 * What object caches check in every build: that what is freed is one of their objects and in use,
 * and that free objects are left alone. slab.c says what a free object begins with (L7).
 */
#pragma once

#include "mm/slab.h"

#define SLAB_NO_OBJECT 0xffff	/* the place behind a slab's last free object */
#define SLAB_FREE_IN_MAGAZINE 0 /* what stands for a place in objects that are in no slab */

extern u64 slab_secret; /* [I] random, by slab_init() */

/* What the free @object begins with; @next is the place of the next one, in words. */
static __always_inline u64 slab_free_word(const void *object, u16 next)
{
	return slab_secret ^ (uintptr_t)object ^ next;
}

/* @next of a free object. Of one in use, with all but certainty, a number above 16 bits. */
static __always_inline u64 slab_decoded_word(const void *object)
{
	return *(const u64 *)object ^ slab_secret ^ (uintptr_t)object;
}

/* A multiple of the stride? Without a division: offset and stride have less than 16 bits. */
static __always_inline bool slab_is_at_stride(const struct slab_cache *cache, u32 offset_bytes)
{
	return offset_bytes * cache->stride_inverse < cache->stride_inverse;
}

/* The first frame of the slab that @object lies in. */
static __always_inline struct page *slab_of_object(const void *object)
{
	struct page *page = virt_to_page(object);

	return page->kind == PAGE_KIND_SLAB_TAIL ? page - page->index : page;
}

/*
 * Does an object of @cache begin at @object in @page, which is of no other cache? What is left at
 * the end of a slab, less than an object, counts as one.
 */
static __always_inline bool slab_is_object_of_frame(const struct slab_cache *cache,
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
void slab_free_in_frame(const struct page *page, void *object);

/*
 * @object, which is about to be freed, begins as a free one does: stop the kernel if it is free.
 * Never wrong about an object in use. A free one that moves just now between a slab and a magazine
 * may be missed. Locks: takes cache->lock.
 */
void slab_check_not_free(struct slab_cache *cache, const void *object);

/* Stop the kernel: a free @object does not begin as it should; @object is none of @cache. */
void slab_report_overwritten(const struct slab_cache *cache, const void *object) __cold;
void slab_report_foreign(const struct slab_cache *cache, const void *object) __cold;
