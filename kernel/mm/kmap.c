// SPDX-License-Identifier: MIT
/*
 * kmap.c -- kernel virtual mappings outside the direct map.
 *
 * Idea.  A sorted list of areas; a new area goes into the first hole that is large enough. There
 *   are few areas and they are rarely created, so the list is searched linearly.
 * Invariants.
 *   K1  Areas do not overlap; at least one page is unmapped between two areas and at both ends.
 *   K2  A page is freed only after every CPU has flushed its translation.
 * Locks.  kmap_lock (rank kmap) for the list and for the kernel's page table in this region.
 * Tests.  kmap_test.c, over a page table that is an array.
 */
#include "mm/kmap.h"

#include <linux/errno.h>

#include "arch/arch_pagetable.h"
#include "core/assert.h"
#include "mm/kmalloc.h"

struct SHARED kmap_area {
	struct list_node node; /* [kmap] by start */
	vaddr_t start;	       /* [I] */
	u64 nr_pages;	       /* [I] */
	bool owns_pages;       /* [I] free the pages when it is unmapped */
};

static struct spinlock kmap_lock = SPINLOCK_INIT(kmap);
static struct list_node areas = LIST_INIT(areas); /* [kmap_lock] of kmap_area.node */
static u64 nr_mapped_pages;			  /* [kmap_lock] */

/* Map one page; on success it belongs to the mapping. */
static int map_one(vaddr_t va, paddr_t pa, unsigned protection)
{
	struct memory_patience patience = {0};
	int error;

	do {
		spin_lock(&kmap_lock);
		error = arch_kernel_map(va, pa, protection);
		spin_unlock(&kmap_lock);
	} while (error == -ENOMEM && page_alloc_relieve(&patience));
	return error;
}

int kmap_populate(vaddr_t va, u64 nr_pages, unsigned flags)
{
	for (u64 i = 0; i < nr_pages; i++) {
		struct page *page = page_alloc_one(flags);

		if (page &&
		    !map_one(va + i * PAGE_SIZE, page_to_phys(page), PROTECT_READ | PROTECT_WRITE))
			continue;
		if (page)
			page_put(page);
		kmap_depopulate(va, i);
		return -ENOMEM;
	}
	return 0;
}

/* Unmap a range; collect its pages in @pages unless that is NULL. The caller flushes. */
static void unmap_range(vaddr_t va, u64 nr_pages, struct list_node *pages)
{
	spin_lock(&kmap_lock);
	for (u64 i = 0; i < nr_pages; i++) {
		paddr_t pa = arch_kernel_unmap(va + i * PAGE_SIZE);

		if (pages)
			list_add_last(pages, &phys_to_page(pa)->node);
	}
	spin_unlock(&kmap_lock);
}

void kmap_depopulate_all(const vaddr_t *starts, unsigned nr, u64 nr_pages)
{
	struct list_node pages = LIST_INIT(pages), *node;

	if (!nr || !nr_pages)
		return;
	for (unsigned i = 0; i < nr; i++)
		unmap_range(starts[i], nr_pages, &pages);
	arch_tlb_flush_kernel(starts, nr, nr_pages);
	while ((node = list_pop_first(&pages))) /* K2 */
		page_put(list_entry(node, struct page, node));
}

void kmap_depopulate(vaddr_t va, u64 nr_pages)
{
	kmap_depopulate_all(&va, 1, nr_pages);
}

/* Unmap the first @nr_pages of @area, which does not own them. */
static void unmap_device(const struct kmap_area *area, u64 nr_pages)
{
	if (!nr_pages)
		return;
	unmap_range(area->start, nr_pages, NULL);
	arch_tlb_flush_kernel(&area->start, 1, nr_pages);
}

/* Insert @area into the first hole that is large enough; false when there is none. */
static bool place_area(struct kmap_area *area) REQUIRES(kmap_lock)
{
	u64 needed = (area->nr_pages + 1) * PAGE_SIZE; /* K1: one unmapped page below */
	vaddr_t hole = KMAP_AREAS_BASE;
	struct kmap_area *next;

	list_for_each_entry(next, &areas, node) {
		if (next->start - hole >= needed + PAGE_SIZE)
			break;
		hole = next->start + next->nr_pages * PAGE_SIZE;
	}
	if (&next->node == &areas && KMAP_AREAS_END - hole < needed + PAGE_SIZE)
		return false;
	area->start = hole + PAGE_SIZE;
	list_add_before(&next->node, &area->node);
	nr_mapped_pages += area->nr_pages;
	return true;
}

static struct kmap_area *create_area(u64 nr_pages, bool owns_pages)
{
	struct kmap_area *area;
	bool placed;

	if (!nr_pages || nr_pages > (KMAP_AREAS_END - KMAP_AREAS_BASE) >> PAGE_SHIFT)
		return NULL;
	area = kmalloc(sizeof(*area), 0);
	if (!area)
		return NULL;
	area->nr_pages = nr_pages;
	area->owns_pages = owns_pages;
	spin_lock(&kmap_lock);
	placed = place_area(area);
	spin_unlock(&kmap_lock);
	if (placed)
		return area;
	kfree(area);
	return NULL;
}

/* Remove and free @area, whose pages are unmapped already. */
static void destroy_area(struct kmap_area *area)
{
	spin_lock(&kmap_lock);
	list_remove(&area->node);
	nr_mapped_pages -= area->nr_pages;
	spin_unlock(&kmap_lock);
	kfree(area);
}

static struct kmap_area *find_area(vaddr_t va)
{
	struct kmap_area *area, *found = NULL;

	spin_lock(&kmap_lock);
	list_for_each_entry(area, &areas, node)
		if (va >= area->start && va - area->start < area->nr_pages * PAGE_SIZE)
			found = area;
	spin_unlock(&kmap_lock);
	return found;
}

void *kmap_alloc(u64 nr_pages, unsigned flags)
{
	struct kmap_area *area = create_area(nr_pages, true);

	if (!area)
		return NULL;
	if (kmap_populate(area->start, nr_pages, flags)) {
		destroy_area(area);
		return NULL;
	}
	return (void *)area->start;
}

void kmap_free(void *p)
{
	struct kmap_area *area;

	if (!p)
		return;
	area = find_area((vaddr_t)p);
	assert(area && area->start == (vaddr_t)p && area->owns_pages);
	kmap_depopulate(area->start, area->nr_pages);
	destroy_area(area);
}

void *kmap_device(paddr_t pa, u64 len_bytes, enum kmap_caching caching)
{
	static const unsigned protections[] = {
		[KMAP_UNCACHED] = PROTECT_READ | PROTECT_WRITE | PROTECT_UNCACHED,
		[KMAP_WRITE_COMBINE] = PROTECT_READ | PROTECT_WRITE | PROTECT_WRITE_COMBINE,
		[KMAP_CACHED] = PROTECT_READ | PROTECT_WRITE,
	};
	u64 offset = pa % PAGE_SIZE;
	struct kmap_area *area;

	if (!len_bytes || len_bytes > KMAP_SIZE)
		return NULL;
	area = create_area((offset + len_bytes + PAGE_SIZE - 1) >> PAGE_SHIFT, false);
	if (!area)
		return NULL;
	for (u64 i = 0; i < area->nr_pages; i++) {
		if (!map_one(area->start + i * PAGE_SIZE, pa - offset + i * PAGE_SIZE,
			     protections[caching]))
			continue;
		unmap_device(area, i);
		destroy_area(area);
		return NULL;
	}
	return (void *)(area->start + offset);
}

void kmap_device_unmap(void *p)
{
	struct kmap_area *area = find_area((vaddr_t)p);

	assert(area && !area->owns_pages);
	unmap_device(area, area->nr_pages);
	destroy_area(area);
}

u64 kmap_nr_pages(void)
{
	u64 count;

	spin_lock(&kmap_lock);
	count = nr_mapped_pages;
	spin_unlock(&kmap_lock);
	return count;
}
