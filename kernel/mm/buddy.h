/* SPDX-License-Identifier: MIT */
/*
 * The buddy system: blocks of 2^order pages, merged when both halves are free. Used by
 * page_alloc.c.
 */
#pragma once

#include "mm/boot_alloc.h"
#include "mm/page_alloc.h"
#include "sync/spinlock.h"

struct SHARED buddy {
	struct spinlock lock;			   /* class page_zone */
	struct list_node free[PAGE_ORDER_MAX + 1]; /* [lock] blocks by order */
	u64 nr_free;				   /* [lock] pages in the lists */
	u64 nr_waiting;				   /* [lock] free, in chunks not initialised yet */
	pfn_t max_pfn;				   /* [I] end of the page array */
	u64 next_chunk;				   /* [lock] see buddy.c */
	unsigned nr_boot_ranges;		   /* [I] */
	struct pfn_range boot_ranges[BOOT_FREE_RANGES_MAX]; /* [I] free at boot */
};

/* Allocate the page array from boot memory and take over the free ranges. */
void buddy_init(struct buddy *buddy);

/* Take a block of 2^@order pages, or NULL. The caller fills its header. */
struct page *buddy_take(struct buddy *buddy, unsigned order) REQUIRES(buddy->lock);

/* Give a block back; its header is not that of a free block. */
void buddy_give(struct buddy *buddy, struct page *page, unsigned order) REQUIRES(buddy->lock);

/* Make sure that the page array's entry of @pfn is valid. */
void buddy_bring_up(struct buddy *buddy, pfn_t pfn) REQUIRES(buddy->lock);
