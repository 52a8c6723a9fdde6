// SPDX-License-Identifier: MIT
#include "mm/kmalloc.h"

#include "core/assert.h"
#include "lib/string.h"
#include "mm/slab_check.h"

struct slab_cache kmalloc_caches[KMALLOC_NR_CACHES];

static const struct {
	const char *name;
	size_t size;
} kmalloc_sizes[KMALLOC_NR_CACHES] = {
	{"kmalloc-8", 8},	{"kmalloc-16", 16},	{"kmalloc-32", 32},
	{"kmalloc-64", 64},	{"kmalloc-96", 96},	{"kmalloc-128", 128},
	{"kmalloc-192", 192},	{"kmalloc-256", 256},	{"kmalloc-384", 384},
	{"kmalloc-512", 512},	{"kmalloc-768", 768},	{"kmalloc-1024", 1024},
	{"kmalloc-2048", 2048}, {"kmalloc-4096", 4096}, {"kmalloc-8192", 8192},
};

/* The index of the cache for each size up to 1024, in steps of 8. */
static u8 index_of_step[1024 / 8 + 1]; /* [I] after kmalloc_init() */

void kmalloc_init(void)
{
	for (unsigned i = 0; i < KMALLOC_NR_CACHES; i++) {
		assert(kmalloc_index(kmalloc_sizes[i].size) == i);
		slab_cache_init(&kmalloc_caches[i], kmalloc_sizes[i].name, kmalloc_sizes[i].size,
				0);
	}
	for (unsigned step = 0; step < ARRAY_SIZE(index_of_step); step++)
		index_of_step[step] = (u8)kmalloc_index(step * 8);
}

static unsigned order_for(size_t size)
{
	return size <= PAGE_SIZE ? 0 : 64 - (unsigned)__builtin_clzl((size - 1) >> PAGE_SHIFT);
}

static __noinline void *kmalloc_large(size_t size, unsigned flags)
{
	struct page *page;

	if (size > PAGE_SIZE << PAGE_ORDER_MAX)
		return NULL;
	flags = PAGE_KERNEL | (flags & (PAGE_ZERO | PAGE_NOWAIT | PAGE_UNCHARGED));
	if (page_alloc(order_for(size), flags, &page))
		return NULL;
	return page_to_virt(page);
}

void *kmalloc_sized(size_t size, unsigned flags)
{
	if (size <= 1024)
		return slab_alloc(&kmalloc_caches[index_of_step[(size + 7) / 8]], flags);
	if (size <= KMALLOC_CACHED_MAX)
		return slab_alloc(&kmalloc_caches[kmalloc_index(size)], flags);
	return kmalloc_large(size, flags);
}

void kfree(void *p)
{
	struct page *page;

	if (!p)
		return;
	page = virt_to_page(p);
	if (likely(page->kind == PAGE_KIND_SLAB || page->kind == PAGE_KIND_SLAB_TAIL)) {
		slab_free_in_page(page, p);
	} else {
		assert(page->kind == PAGE_KIND_KERNEL && is_aligned((uintptr_t)p, PAGE_SIZE));
		page_free(page);
	}
}

size_t kmalloc_usable_size(const void *p)
{
	const struct page *page = virt_to_page(p);

	if (page->kind == PAGE_KIND_SLAB || page->kind == PAGE_KIND_SLAB_TAIL)
		return page->slab_cache->size;
	return PAGE_SIZE << page->order;
}

void *kmemdup(const void *src, size_t len, unsigned flags)
{
	void *copy = kmalloc_sized(len, flags);

	if (copy)
		memcpy(copy, src, len);
	return copy;
}

char *kstrndup(const char *s, size_t max_len, unsigned flags)
{
	size_t len = strnlen(s, max_len);
	char *copy = kmalloc_sized(len + 1, flags);

	if (copy) {
		memcpy(copy, s, len);
		copy[len] = '\0';
	}
	return copy;
}

char *kstrdup(const char *s, unsigned flags)
{
	return kmemdup(s, strlen(s) + 1, flags);
}
