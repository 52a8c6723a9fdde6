/* SPDX-License-Identifier: MIT */
/*
 * The page allocator. Blocks of 2^order pages come from the buddy system; single pages mostly from
 * a per-CPU cache. All functions: task context (also with spinlocks held or interrupts off), never
 * in an interrupt.
 */
#pragma once

#include "mm/page.h"

#define PAGE_ORDER_MAX 10

/* Flags of an allocation: its purpose and its mode. */
#define PAGE_ZERO 1U	  /* filled with zeros */
#define PAGE_LIMITED 2U	  /* even the kernel leaves its reserve alone */
#define PAGE_NOWAIT 4U	  /* fail at once instead of waiting for memory */
#define PAGE_UNCHARGED 8U /* not charged to the current thread's account (mm/account.h) */
#define PAGE_KIND_SHIFT 8
#define PAGE_FLAGS_OF(kind) ((u32)(kind) << PAGE_KIND_SHIFT)

#define PAGE_KERNEL PAGE_FLAGS_OF(PAGE_KIND_KERNEL)
#define PAGE_USER (PAGE_FLAGS_OF(PAGE_KIND_USER) | PAGE_LIMITED)
#define PAGE_FILE (PAGE_FLAGS_OF(PAGE_KIND_FILE) | PAGE_LIMITED)
#define PAGE_TABLE PAGE_FLAGS_OF(PAGE_KIND_TABLE)
/* Pages of stacks and slabs are not charged: the threads and the objects are. */
#define PAGE_STACK (PAGE_FLAGS_OF(PAGE_KIND_STACK) | PAGE_UNCHARGED)
#define PAGE_SLAB (PAGE_FLAGS_OF(PAGE_KIND_SLAB) | PAGE_UNCHARGED)

struct box;

/* How much one allocation has waited already. Starts as zeros, for the next allocation again. */
struct memory_patience {
	unsigned nr_rounds; /* calls of the pressure handlers */
	unsigned nr_pauses; /* for a process that gives memory back */
	unsigned nr_rooms;  /* times that memory was back, so that there was no pause */
	u64 late_until_ns;  /* how long it waits for objects that are freed late; 0: not yet */
};

/* Take over from the boot allocator. */
void page_alloc_init(void);

/* Allocate one page with one reference, or NULL. Cost: about 25 instructions, plus clearing. */
struct page *page_alloc_one(unsigned flags);

/*
 * Allocate a block of 2^@order contiguous pages; its first page has one reference. Returns: 0,
 * -ENOMEM.
 */
int page_alloc(unsigned order, unsigned flags, struct page **out) __must_check;

/* Free a block, whatever its reference count is. page_put() is the usual way. */
void page_free(struct page *page);

/* Free a single page that is all zero, so that it need not be cleared for its next user. */
void page_free_zeroed(struct page *page);

/*
 * Turn a page of RAM that was reserved at boot (initramfs) into an allocated page of @flags' kind
 * with one reference; the last page_put() frees it. Returns NULL when @pfn is not RAM.
 */
struct page *page_adopt(pfn_t pfn, unsigned flags);

/* Give the whole pages within [base, base + len), reserved at boot, to the allocator. */
void page_release_reserved(paddr_t base, u64 len_bytes);

/*
 * Clear one page in advance for page_alloc_one(PAGE_ZERO). For the idle thread: preemption on.
 * Returns: false when this CPU has enough, or the allocator is in use.
 */
bool page_zero_pool_refill(void);

/*
 * Register a function that is called when memory runs out, before an allocation fails, by any
 * allocation that may sleep (no spinlock held, interrupts on; the caller may hold sleeping locks,
 * so the handler only tries them). It returns true when it has freed something.
 */
void page_alloc_add_pressure_handler(bool (*handler)(void));

/*
 * Set the function that is called when the pressure handlers have freed nothing: it ends the
 * process that uses the most (of @box, whose limit was reached; NULL: of all processes), and waits
 * a moment for the memory, as long as @patience allows. It returns true when a retry
 * makes sense. The caller may hold sleeping locks. Boot.
 */
void page_alloc_set_out_of_memory(bool (*handler)(struct box *box,
						  struct memory_patience *patience));

/*
 * For callers whose allocations did not wait (PAGE_NOWAIT, or under a spinlock), and that have
 * released their spinlocks: wait for memory as an allocation does, also for that of the current
 * thread's box. What is tried again must not wait itself: the waits would multiply. True: try
 * again. Context: any task; does nothing where it may not sleep.
 */
bool page_alloc_relieve(struct memory_patience *patience);

/* Could the current thread allocate @nr pages now? For the handler. Takes no lock. */
bool page_alloc_has_room(u64 nr);

/* May the caller sleep, so that an allocation would call the pressure handlers? */
bool page_alloc_may_wait(void);

struct page_counts {
	u64 total;		    /* pages that the allocator manages */
	u64 free;		    /* of these, free (including the per-CPU caches) */
	u64 zeroed;		    /* of the free ones, cleared in advance */
	u64 reserve;		    /* pages that root's programs leave free */
	u64 reserve_root;	    /* pages that other programs leave free */
	u64 by_kind[PAGE_NR_KINDS]; /* allocated */
	u64 failures;		    /* allocations that found no memory */
};

/* A snapshot; exact when nothing else runs. */
void page_alloc_counts(struct page_counts *counts);

/* The approximate number of free pages, for limits and events: takes no lock. */
u64 page_alloc_nr_free(void);

/* Give this CPU's cached pages back to the buddy, so that blocks can merge. */
void page_alloc_drain_cpu(void);
