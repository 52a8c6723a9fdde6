// SPDX-License-Identifier: MIT
/*
 * boot_alloc.c -- pages before there is a page allocator.
 *
 * Idea.  A sorted list of free ranges of pages, built from the memory map. Reserving cuts ranges;
 *   allocating takes pages from the start of the lowest range that fits.
 * Invariants.
 *   B1  The free ranges are sorted, do not overlap and are not empty.
 *   B2  Page 0 is never free, so physical address 0 can mean "none".
 * Ownership.  Pages handed out here stay with the caller; the rest goes to page_alloc.c.
 * Tests.  page_alloc_test.c.
 */
#include "mm/boot_alloc.h"

#include "arch/arch_page.h"
#include "core/assert.h"
#include "core/boot_info.h"

/* Memory below is left alone: firmware, real-mode code and old devices use it. */
#define LOW_MEMORY_END (MIB(1) >> PAGE_SHIFT)

static struct pfn_range free_ranges[BOOT_FREE_RANGES_MAX];  /* [o] by boot, as all here; B1 */
static unsigned nr_free_ranges;				    /* [o] */
static struct pfn_range ram_ranges[BOOT_MEMORY_RANGES_MAX]; /* [I] after boot_alloc_init() */
static unsigned nr_ram_ranges;				    /* [I] after boot_alloc_init() */
static bool finished;					    /* [o] */

static void remove_range(unsigned at)
{
	nr_free_ranges--;
	for (unsigned i = at; i < nr_free_ranges; i++)
		free_ranges[i] = free_ranges[i + 1];
}

/*
 * Insert @range at index @at. When the list is full, the range is dropped: memory is lost, which is
 * safe.
 */
static void insert_range(unsigned at, struct pfn_range range)
{
	if (nr_free_ranges == BOOT_FREE_RANGES_MAX)
		return;
	for (unsigned i = nr_free_ranges; i > at; i--)
		free_ranges[i] = free_ranges[i - 1];
	free_ranges[at] = range;
	nr_free_ranges++;
}

static void reserve_pages(pfn_t first, pfn_t end)
{
	for (unsigned i = 0; i < nr_free_ranges;) {
		struct pfn_range *range = &free_ranges[i];
		pfn_t range_end = range->end;

		if (end <= range->first || first >= range_end) {
			i++;
		} else if (first <= range->first && end >= range_end) {
			remove_range(i);
		} else if (first <= range->first) {
			range->first = end;
			i++;
		} else {
			range->end = first;
			i++;
			if (end < range_end)
				insert_range(i, (struct pfn_range){end, range_end});
		}
	}
}

void boot_alloc_reserve(paddr_t base, u64 len_bytes)
{
	assert(!finished);
	if (len_bytes)
		reserve_pages(base >> PAGE_SHIFT, (base + len_bytes + PAGE_SIZE - 1) >> PAGE_SHIFT);
}

void boot_alloc_init(const struct boot_info *bi)
{
	finished = false;
	nr_free_ranges = 0;
	nr_ram_ranges = 0;
	for (unsigned i = 0; i < bi->nr_memory; i++) {
		const struct boot_memory_range *memory = &bi->memory[i];
		struct pfn_range range = {
			(memory->base + PAGE_SIZE - 1) >> PAGE_SHIFT,
			(memory->base + memory->len_bytes) >> PAGE_SHIFT,
		};

		if (memory->type != BOOT_MEMORY_RAM || range.first >= range.end)
			continue;
		ram_ranges[nr_ram_ranges++] = range;
		insert_range(nr_free_ranges, range);
	}
	boot_alloc_reserve(0, PAGE_SIZE); /* B2 */
	boot_alloc_reserve(bi->kernel_base, bi->kernel_end - bi->kernel_base);
	boot_alloc_reserve(bi->initramfs_base, bi->initramfs_len_bytes);
}

paddr_t boot_alloc_pages_aligned(u64 nr_pages, u64 align_pages)
{
	assert(!finished);
	for (unsigned i = 0; i < nr_free_ranges; i++) {
		pfn_t first = max(free_ranges[i].first, (pfn_t)LOW_MEMORY_END);

		first = align_up(first, align_pages);
		if (first + nr_pages <= free_ranges[i].end) {
			reserve_pages(first, first + nr_pages);
			return first << PAGE_SHIFT;
		}
	}
	panic("too little memory to start: no %lu free pages", (unsigned long)nr_pages);
}

paddr_t boot_alloc_pages(u64 nr_pages)
{
	return boot_alloc_pages_aligned(nr_pages, 1);
}

pfn_t boot_alloc_max_pfn(void)
{
	pfn_t highest = 0;

	for (unsigned i = 0; i < nr_ram_ranges; i++)
		highest = max(highest, ram_ranges[i].end);
	return highest;
}

bool boot_alloc_is_finished(void)
{
	return finished;
}

bool boot_alloc_is_ram(pfn_t pfn)
{
	for (unsigned i = 0; i < nr_ram_ranges; i++)
		if (pfn >= ram_ranges[i].first && pfn < ram_ranges[i].end)
			return true;
	return false;
}

unsigned boot_alloc_finish(struct pfn_range ranges[BOOT_FREE_RANGES_MAX])
{
	assert(!finished);
	finished = true;
	for (unsigned i = 0; i < nr_free_ranges; i++)
		ranges[i] = free_ranges[i];
	return nr_free_ranges;
}
