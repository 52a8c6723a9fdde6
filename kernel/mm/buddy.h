/* SPDX-License-Identifier: MIT */
/*
 * The buddy system: blocks of 2^order frames, merged when both halves are free. Used by
 * page_alloc.c.
 */
#pragma once

#include "mm/boot_alloc.h"
#include "mm/page_alloc.h"
#include "sync/spinlock.h"

struct SHARED buddy {
	struct spinlock lock;				      /* class page_zone              */
	struct list_node free[PAGE_ORDER_MAX + 1];	      /* [lock] blocks by order       */
	u64 nr_free;					      /* [lock] frames in the lists   */
	u64 nr_waiting;					      /* [lock] free, not yet brought up */
	pfn_t max_pfn;					      /* [I] end of the frame table   */
	u64 next_chunk;					      /* [lock] see buddy.c           */
	unsigned nr_boot_ranges;			      /* [I]                          */
	struct frame_range boot_ranges[BOOT_FREE_RANGES_MAX]; /* [I] free at boot         */
};

/* Make the frame table from boot memory and take over the free ranges. */
void buddy_init(struct buddy *buddy);

/* A block of 2^order frames, or NULL. Its header is the caller's to fill. */
struct page *buddy_take(struct buddy *buddy, unsigned order) REQUIRES(buddy->lock);

/* Give back a block whose header is not that of a free one. */
void buddy_give(struct buddy *buddy, struct page *page, unsigned order) REQUIRES(buddy->lock);

/* Make sure that the frame-table entry of @pfn is valid. */
void buddy_bring_up(struct buddy *buddy, pfn_t pfn) REQUIRES(buddy->lock);
