/* SPDX-License-Identifier: MIT */
/* Memory of any size up to 4 MiB. For a constant size the cache is chosen at compile time. */
#pragma once

#include "mm/slab.h"

#define KMALLOC_NR_CACHES 15
#define KMALLOC_CACHED_MAX SLAB_OBJECT_MAX

extern struct slab_cache kmalloc_caches[KMALLOC_NR_CACHES];

/* The index of the cache for @size, which is 1 .. KMALLOC_CACHED_MAX. Folds to a constant. */
static __always_inline unsigned kmalloc_index(size_t size)
{
	return size <= 8      ? 0
	       : size <= 16   ? 1
	       : size <= 32   ? 2
	       : size <= 64   ? 3
	       : size <= 96   ? 4
	       : size <= 128  ? 5
	       : size <= 192  ? 6
	       : size <= 256  ? 7
	       : size <= 384  ? 8
	       : size <= 512  ? 9
	       : size <= 768  ? 10
	       : size <= 1024 ? 11
	       : size <= 2048 ? 12
	       : size <= 4096 ? 13
			      : 14;
}

/* Called by slab_init(). */
void kmalloc_init(void);

/* For sizes that are known only at run time. */
void *kmalloc_sized(size_t size, unsigned flags);

/*
 * Allocate @size bytes, aligned to 8 (PAGE_ZERO, PAGE_NOWAIT, PAGE_UNCHARGED in @flags; 0 for
 * none), or NULL. A size of 0 gives a pointer that may be freed.
 */
static __always_inline void *kmalloc(size_t size, unsigned flags)
{
	if (__builtin_constant_p(size) && size && size <= KMALLOC_CACHED_MAX)
		return slab_alloc(&kmalloc_caches[kmalloc_index(size)], flags);
	return kmalloc_sized(size, flags);
}

static __always_inline void *kzalloc(size_t size, unsigned flags)
{
	return kmalloc(size, flags | PAGE_ZERO);
}

/* Allocate @count elements of @size bytes; NULL also when the product overflows. */
static inline void *kmalloc_array(size_t count, size_t size, unsigned flags)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return kmalloc_sized(bytes, flags);
}

/* Free memory of kmalloc() or slab_alloc(). NULL is allowed. */
void kfree(void *p);

/* The number of bytes that may be used at @p, at least what was asked for. */
size_t kmalloc_usable_size(const void *p);

/* A copy of @len bytes, or NULL. */
void *kmemdup(const void *src, size_t len, unsigned flags);

/* A copy of @s with its NUL, or NULL. */
char *kstrdup(const char *s, unsigned flags);

/* A copy of at most the first @max_len characters of @s, with a NUL, or NULL. */
char *kstrndup(const char *s, size_t max_len, unsigned flags);
