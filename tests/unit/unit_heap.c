// SPDX-License-Identifier: MIT
#include "unit_heap.h"

#include <stdlib.h>
#include <string.h>

#include "mm/kmalloc.h"

#define STAND_IN __attribute__((weak))

int unit_heap_left = -1;
unsigned unit_heap_in_use;
STAND_IN struct slab_cache kmalloc_caches[KMALLOC_NR_CACHES];

static void *take(size_t size, unsigned flags)
{
	void *p;

	if (!unit_heap_left)
		return NULL;
	unit_heap_left -= unit_heap_left > 0;
	p = malloc(size);
	memset(p, flags & PAGE_ZERO ? 0 : 0xa5, size);
	unit_heap_in_use++;
	return p;
}

STAND_IN void slab_cache_init(struct slab_cache *cache, const char *name, size_t size, size_t align)
{
	cache->size = (u32)size;
	cache->name = name;
}

/* The caches of kmalloc() are not initialised: an index says the size. */
STAND_IN void *slab_alloc(struct slab_cache *cache, unsigned flags)
{
	static const u16 sizes[KMALLOC_NR_CACHES] = {8,	  16,  32,  64,	  96,	128,  192, 256,
						     384, 512, 768, 1024, 2048, 4096, 8192};

	if (cache >= kmalloc_caches && cache < kmalloc_caches + KMALLOC_NR_CACHES)
		return take(sizes[cache - kmalloc_caches], flags);
	return take(cache->size, flags);
}

STAND_IN void *kmalloc_sized(size_t size, unsigned flags)
{
	return take(size, flags);
}

STAND_IN void kfree(void *p)
{
	unit_heap_in_use -= p != NULL;
	free(p);
}

STAND_IN void slab_free(struct slab_cache *cache, void *object)
{
	(void)cache;
	kfree(object);
}

STAND_IN void *kmemdup(const void *src, size_t len, unsigned flags)
{
	void *p = take(len, flags);

	return p ? memcpy(p, src, len) : NULL;
}

STAND_IN char *kstrdup(const char *s, unsigned flags)
{
	return kmemdup(s, strlen(s) + 1, flags);
}
