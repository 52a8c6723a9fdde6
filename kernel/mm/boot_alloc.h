/* SPDX-License-Identifier: MIT */
/*
 * Frames before there is a frame allocator: for page tables and the frame table. It only keeps a
 * list of free ranges, touches no memory it hands out, and takes the lowest place that fits.
 */
#pragma once

#include "lib/compiler.h"

struct boot_info;

#define BOOT_FREE_RANGES_MAX 128

/* A stretch of free frames: [first, end). */
struct frame_range {
	pfn_t first, end;
};

/* Learn the memory map; set aside the first page, the kernel image and the initramfs. First of all
 * functions here. */
void boot_alloc_init(const struct boot_info *bi);

/* Keep [base, base + len) out of use: firmware tables, start-up code of other CPUs. */
void boot_alloc_reserve(paddr_t base, u64 len_bytes);

/*
 * @nr_pages contiguous frames above 1 MiB, not cleared.
 * Context: boot, before page_alloc_init().
 * Returns: the physical address; panics when memory does not even suffice to boot.
 */
paddr_t boot_alloc_pages(u64 nr_pages);

/* The same, aligned to @align_pages (a power of two). */
paddr_t boot_alloc_pages_aligned(u64 nr_pages, u64 align_pages);

/* The first frame number beyond all RAM, whether free or not. */
pfn_t boot_alloc_max_pfn(void);

/* End the boot allocator; what is left, sorted by address, goes to @ranges. Returns how many. */
unsigned boot_alloc_finish(struct frame_range ranges[BOOT_FREE_RANGES_MAX]);

/* Is this frame RAM of the memory map (whoever uses it)? */
bool boot_alloc_is_ram(pfn_t pfn);
