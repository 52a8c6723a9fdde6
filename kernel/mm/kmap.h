/* SPDX-License-Identifier: MIT */
/*
 * Kernel virtual addresses of their own: arrays that need not be physically contiguous, and device
 * registers. Each area has an unmapped page on both sides.
 */
#pragma once

#include "lib/compiler.h"

enum kmap_caching {
	KMAP_UNCACHED,	    /* device registers    */
	KMAP_WRITE_COMBINE, /* framebuffers        */
	KMAP_CACHED,	    /* tables in ordinary memory that are not in the direct map */
};

void kmap_init(void);

/* @nr_pages fresh frames (cleared with PAGE_ZERO in @flags), or NULL. Context: task, no spinlock. */
void *kmap_alloc(u64 nr_pages, unsigned flags);
void kmap_free(void *p);

/* [pa, pa + len) of device memory; @pa need not be page aligned. NULL: no memory. */
void *kmap_device(paddr_t pa, u64 len_bytes, enum kmap_caching caching);
/* @p is what kmap_device() returned. */
void kmap_device_unmap(void *p);

/* Pages mapped by kmap_alloc() and kmap_device() now. */
u64 kmap_nr_pages(void);
