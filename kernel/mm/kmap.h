/* SPDX-License-Identifier: MIT */
/*
 * Kernel virtual mappings outside the direct map: arrays that need not be physically contiguous,
 * and device registers. Each area has an unmapped page on both sides.
 */
#pragma once

#include "arch/arch_page.h"

/* The lowest part of the region is for kernel stacks (kstack.c). */
#define KMAP_STACKS_BASE KMAP_BASE
#define KMAP_STACKS_SIZE GIB(4)
#define KMAP_AREAS_BASE (KMAP_BASE + KMAP_STACKS_SIZE)
#define KMAP_AREAS_END (KMAP_BASE + KMAP_SIZE)

enum kmap_caching {
	KMAP_UNCACHED,	    /* device registers */
	KMAP_WRITE_COMBINE, /* framebuffers */
	KMAP_CACHED,	    /* firmware tables outside the direct map */
};

/*
 * Map @nr_pages new pages (cleared with PAGE_ZERO in @flags), or NULL. Context: task, no spinlock.
 */
void *kmap_alloc(u64 nr_pages, unsigned flags);
/* Unmap and free. NULL is allowed. Context: task, interrupts on, no spinlock. */
void kmap_free(void *p);

/* Map [pa, pa + len) of device memory; @pa need not be page aligned. NULL: no memory. */
void *kmap_device(paddr_t pa, u64 len_bytes, enum kmap_caching caching);
/* Unmap @p, which kmap_device() returned. */
void kmap_device_unmap(void *p);

/* Pages that kmap_alloc() and kmap_device() have mapped now. */
u64 kmap_nr_pages(void);

/* Map @nr_pages new pages of @flags' kind at @va, which the caller owns. Returns: 0, -ENOMEM. */
int kmap_populate(vaddr_t va, u64 nr_pages, unsigned flags) __must_check;
/* Undo kmap_populate(): unmap, flush the translations on all CPUs, free the pages. */
void kmap_depopulate(vaddr_t va, u64 nr_pages);
/* The same for @nr such ranges, which begin at @starts, with one flush. */
void kmap_depopulate_all(const vaddr_t *starts, unsigned nr, u64 nr_pages);
