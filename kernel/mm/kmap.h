/* SPDX-License-Identifier: MIT */
/*
 * Kernel virtual addresses of their own: arrays that need not be physically contiguous, and device
 * registers. Each area has an unmapped page on both sides.
 */
#pragma once

#include "arch/arch_page.h"

/* The lowest part of the region is for kernel stacks (kstack.c). */
#define KMAP_STACKS_BASE KMAP_BASE
#define KMAP_STACKS_SIZE GIB(4)
#define KMAP_AREAS_BASE (KMAP_BASE + KMAP_STACKS_SIZE)
#define KMAP_AREAS_END (KMAP_BASE + KMAP_SIZE)

enum kmap_caching {
	KMAP_UNCACHED,	    /* device registers    */
	KMAP_WRITE_COMBINE, /* framebuffers        */
	KMAP_CACHED,	    /* tables in ordinary memory that are not in the direct map */
};

/*
 * @nr_pages fresh frames (cleared with PAGE_ZERO in @flags), or NULL. Context: task, no spinlock.
 */
void *kmap_alloc(u64 nr_pages, unsigned flags);
/* Context: task, interrupts on, no spinlock. NULL is fine. */
void kmap_free(void *p);

/* [pa, pa + len) of device memory; @pa need not be page aligned. NULL: no memory. */
void *kmap_device(paddr_t pa, u64 len_bytes, enum kmap_caching caching);
/* @p is what kmap_device() returned. */
void kmap_device_unmap(void *p);

/* Pages mapped by kmap_alloc() and kmap_device() now. */
u64 kmap_nr_pages(void);

/* Map @nr_pages fresh frames of @flags' kind at @va, which is the caller's. Returns: 0, -ENOMEM. */
int kmap_populate(vaddr_t va, u64 nr_pages, unsigned flags) __must_check;
/* Undo it: unmap, forget the translations everywhere, free the frames. */
void kmap_depopulate(vaddr_t va, u64 nr_pages);
