/* SPDX-License-Identifier: MIT */
/*
 * Pages before there is a page allocator: for page tables and the page array. The boot allocator
 * only keeps a list of free ranges, never touches the memory that it hands out, and takes the
 * lowest place that fits.
 */
#pragma once

#include "lib/compiler.h"

struct boot_info;

#define BOOT_FREE_RANGES_MAX 128

/* A range of free pages, by page frame number: [first, end). */
struct pfn_range {
	pfn_t first, end;
};

/*
 * Read the memory map; reserve the first page, the kernel image and the initramfs. To be called
 * before any other function here.
 */
void boot_alloc_init(const struct boot_info *bi);

/* Keep [base, base + len) out of use: firmware tables, start-up code of other CPUs. */
void boot_alloc_reserve(paddr_t base, u64 len_bytes);

/*
 * Allocate @nr_pages contiguous pages above 1 MiB, not cleared.
 * Context: boot, before page_alloc_init().
 * Returns: the physical address; panics when there is too little memory to boot.
 */
paddr_t boot_alloc_pages(u64 nr_pages);

/* The same, aligned to @align_pages (a power of two). */
paddr_t boot_alloc_pages_aligned(u64 nr_pages, u64 align_pages);

/* The first page frame number above all RAM, whether free or not. */
pfn_t boot_alloc_max_pfn(void);

/*
 * Shut the boot allocator down. What is still free, sorted by address, is written to @ranges.
 * Returns the number of ranges.
 */
unsigned boot_alloc_finish(struct pfn_range ranges[BOOT_FREE_RANGES_MAX]);

/* Is it shut down? Then pages come from the page allocator. */
bool boot_alloc_is_finished(void);

/* Is @pfn RAM according to the memory map, whether free or not? */
bool boot_alloc_is_ram(pfn_t pfn);
