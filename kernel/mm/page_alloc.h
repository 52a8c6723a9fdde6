/* SPDX-License-Identifier: MIT */
/*
 * Frames. Blocks of 2^order frames from the buddy; single frames mostly from a cache of this CPU.
 * All functions: task context (also with spinlocks held or interrupts off), never in an interrupt.
 */
#pragma once

#include "mm/page.h"

#define PAGE_ORDER_MAX 10

/* Flags of an allocation: what it is for, and how. */
#define PAGE_ZERO 1U	  /* filled with zeros                                               */
#define PAGE_LIMITED 2U	  /* the kernel itself leaves its reserve alone, too                 */
#define PAGE_NOWAIT 4U	  /* fail at once, even where memory could be waited for              */
#define PAGE_UNCHARGED 8U /* not to the account of the current thread (mm/account.h)         */
#define PAGE_KIND_SHIFT 8
#define PAGE_FLAGS_OF(kind) ((u32)(kind) << PAGE_KIND_SHIFT)

#define PAGE_KERNEL PAGE_FLAGS_OF(PAGE_KIND_KERNEL)
#define PAGE_USER (PAGE_FLAGS_OF(PAGE_KIND_USER) | PAGE_LIMITED)
#define PAGE_FILE (PAGE_FLAGS_OF(PAGE_KIND_FILE) | PAGE_LIMITED)
#define PAGE_TABLE PAGE_FLAGS_OF(PAGE_KIND_TABLE)
/* Those of stacks and slabs are not charged: the threads and the objects are. */
#define PAGE_STACK (PAGE_FLAGS_OF(PAGE_KIND_STACK) | PAGE_UNCHARGED)
#define PAGE_SLAB (PAGE_FLAGS_OF(PAGE_KIND_SLAB) | PAGE_UNCHARGED)

/* Take over from the boot allocator. */
void page_alloc_init(void);

/* One frame with one reference, or NULL. Cost: about 25 instructions, plus clearing. */
struct page *page_alloc_one(unsigned flags);

/*
 * A block of 2^@order contiguous frames, its first entry with one reference. Returns: 0, -ENOMEM.
 */
int page_alloc(unsigned order, unsigned flags, struct page **out) __must_check;

/* Give a block back, whatever its count of references says. page_put() is the usual way. */
void page_free(struct page *page);

/* The same for a single frame that is all zero, which need not be cleared for its next user then.
 * */
void page_free_zeroed(struct page *page);

/* The caller keeps a frame that serves nobody at the moment, to save itself the making of another:
 * it counts as free and is charged to nobody. The reverse when it is used again: it is charged to
 * the current thread's account. */
void page_keep(struct page *page);
void page_use_kept(struct page *page);

/* A frame of RAM that was reserved at boot (initramfs) becomes an allocated frame of @flags' kind
 * with one reference; page_put() frees it one day. NULL when it is not RAM. */
struct page *page_adopt(pfn_t pfn, unsigned flags);

/* Give the whole frames within [base, base + len), reserved at boot, to the allocator. */
void page_release_reserved(paddr_t base, u64 len_bytes);

/* Clear one frame in advance for page_alloc_one(PAGE_ZERO). For the idle thread: preemption on.
 * Returns: false when there is nothing more to do for this CPU. */
bool page_zero_pool_refill(void);

/*
 * Register a function that is called when memory runs out, before an allocation fails, from any
 * allocation that may sleep (no spinlock, interrupts on; sleeping locks may be held: only try
 * them).
 * It returns true when it has freed something.
 */
void page_alloc_add_pressure_handler(bool (*handler)(void));

/*
 * The function that is called when the pressure handlers have found nothing: it ends whoever uses
 * the most (of @box: its limit is what was reached; NULL: of all), and waits a little for what
 * comes back. @round counts the calls for one allocation. It returns true when trying again makes
 * sense.
 * Sleeping locks may be held. Boot.
 */
struct box;
void page_alloc_set_out_of_memory(bool (*handler)(struct box *box, unsigned round));

/*
 * For those whose allocation failed where it could not wait, and who have let go of their
 * spinlocks: wait for memory as an allocation does. @round counts from 0. True: try again.
 * Context: any task; does nothing where it may not sleep.
 */
bool page_alloc_relieve(struct box *box, unsigned round);

/* Would the current thread be given @nr frames more? For the handler. Takes no lock. */
bool page_alloc_has_room(u64 nr);

/* May this caller run what may sleep? Tells whether pressure handlers would be called. */
bool page_alloc_may_wait(void);

struct page_counts {
	u64 total;		    /* frames the allocator has or has handed out */
	u64 free;		    /* of these, free (also in caches of CPUs)    */
	u64 zeroed;		    /* of the free ones, cleared in advance       */
	u64 reserve;		    /* root's programs leave so many              */
	u64 reserve_root;	    /* the other programs leave so many           */
	u64 by_kind[PAGE_NR_KINDS]; /* handed out                                */
	u64 failures;		    /* allocations that found no memory           */
};

/* A snapshot; exact when nothing else runs. */
void page_alloc_counts(struct page_counts *counts);

/* Free frames about now, for limits and events: takes no lock. */
u64 page_alloc_nr_free(void);

/* Give this CPU's cached frames back to the buddy, so that blocks can merge. */
void page_alloc_drain_cpu(void);
