// SPDX-License-Identifier: MIT
/*
 * page_alloc.c -- the page allocator.
 *
 * Idea.  Single pages come from and go to a small per-CPU stack without a lock; the stack is filled
 *   from the buddy system and emptied into it in batches. A second stack holds pages that the idle
 *   thread has cleared, so that the first touch of anonymous memory need not wait for it.
 * Invariants.
 *   P1  A page in a CPU's stack has kind CACHED and no references; an allocated page has a kind
 *       below RESERVED. So a second free of a page is detected at once.
 *   P2  Every page in the zeroed stack is all zero.
 *   P3  Ordinary programs leave `reserve_root` pages to root's programs, and these leave `reserve`
 *       pages to the kernel; the real user decides (may_use_reserve). A killed thread may use three
 *       quarters of the kernel's, so that it can exit. Checked when a stack is filled: any thread
 *       may take what is in a CPU's stack.
 *   P4  An allocated block is charged to the account that its word of the account array names, or
 *       to none.
 * Ownership.  A page belongs to its allocator's caller until the last reference is put.
 * Locks.  Preemption off for this CPU's stacks; the buddy's lock (rank page_zone) for the rest.
 * May sleep.  Only in memory_wait.c, where sleeping is allowed.
 * Cost.  Allocate: about 25 instructions. Free: about 20. Shared lines: the buddy, once in 16.
 * Tests.  page_alloc_test.c: a model without overlaps; coalescing; exhaustion; counts.
 */
#include "mm/page_alloc.h"

#include <linux/errno.h>

#include "arch/arch_cpu.h"
#include "arch/arch_percpu.h"
#include "core/assert.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/account.h"
#include "mm/buddy.h"
#include "mm/fail_alloc.h"
#include "mm/memory_wait.h"
#include "mm/page_poison.h"
#include "sync/spin_trylock.h"

#define STACK_MAX 256 /* pages in a CPU's stack */
#define STACK_BATCH_ORDER 4
#define STACK_BATCH (1 << STACK_BATCH_ORDER) /* moved at once between the stack and the buddy */
#define STACK_SPILL 64			     /* given back at once when the stack is full */
#define ZEROED_MAX 32			     /* pages cleared in advance, per CPU */
#define ROOT_PAGES_MIN 256 /* enough for a program to start, with half a MiB and a file or two */

struct SHARED page_cpu_cache {
	u32 nr_stack;			      /* [p] */
	u32 nr_zeroed;			      /* [p] */
	u32 stack_max, zeroed_max;	      /* [I] 0: no caching (fail_alloc.h) */
	struct page *stack[STACK_MAX];	      /* [p] P1 */
	struct page *zeroed[ZEROED_MAX];      /* [p] P2 */
	s64 used_by_kind[PAGE_KIND_RESERVED]; /* [p] allocated minus freed on this CPU */
} __cacheline_aligned;

static PERCPU(struct page_cpu_cache, cpu_cache); /* [p] */
static struct buddy buddy;
static struct atomic_u64 nr_total;	/* [a] pages that the allocator manages */
static struct atomic_u64 nr_failures;	/* [a] */
static u64 nr_reserve, nr_reserve_root; /* [I] after boot: P3 */

#define assert_task_context() debug_assert(!in_interrupt())

void page_alloc_init(void)
{
	for (unsigned cpu = 0; cpu < percpu_nr(); cpu++)
		*on_cpu(cpu_cache, cpu) = (struct page_cpu_cache){
			.stack_max = mm_fail_alloc_on ? 0 : STACK_MAX,
			.zeroed_max = mm_fail_alloc_on ? 0 : ZEROED_MAX,
		};
	memory_wait_init();
	buddy_init(&buddy);
	atomic_store_relaxed(&nr_total, buddy.nr_waiting);
	nr_reserve = min(max(buddy.nr_waiting / 64, (u64)32), (u64)1024);
	nr_reserve_root =
		nr_reserve + min(max(buddy.nr_waiting / 32, (u64)ROOT_PAGES_MIN), (u64)4096);
}

/* --- Allocation --- */

/* References, order, kind and the next 16 bits in one store. */
static __always_inline void write_header(struct page *page, u32 refs, unsigned order, unsigned kind)
{
	static_assert(offsetof(struct page, refs) == 0 && offsetof(struct page, order) == 4 &&
			      offsetof(struct page, kind) == 5 &&
			      offsetof(struct page, is_poisoned) == 6,
		      "the header is one word");
	u64 word = refs | (u64)order << 32 | (u64)kind << 40;

	__builtin_memcpy(page, &word, sizeof(word));
}

static __always_inline void set_header(struct page *page, unsigned order, unsigned flags)
{
	write_header(page, 1, order, flags >> PAGE_KIND_SHIFT);
}

static __noinline void clear_new_page(struct page *page)
{
	preempt_disable();
	arch_clear_page(page_to_virt(page));
	preempt_enable();
}

/* The account that an allocation with @flags is charged to; NULL: none. */
static __always_inline struct account *account_of(unsigned flags)
{
	return likely(!(flags & PAGE_UNCHARGED)) ? account_current() : NULL;
}

/* P4: record that the block is charged to @account, which has been charged. */
static __always_inline void set_account(struct page *page, struct account *account, unsigned flags)
{
	*page_account(page) = account;
	if (account)
		__atomic_fetch_add(&account->pages[flags >> PAGE_KIND_SHIFT], 1U << page->order,
				   __ATOMIC_RELAXED);
}

/* P4: release the block's charge. */
static __always_inline void uncharge(struct page *page)
{
	struct account *account = *page_account(page);

	if (!account)
		return;
	__atomic_fetch_sub(&account->pages[page->kind], 1U << page->order, __ATOMIC_RELAXED);
	account_uncharge(account, PAGE_SIZE << page->order);
}

static void count(unsigned kind, s64 nr_pages)
{
	preempt_disable();
	this_cpu(cpu_cache)->used_by_kind[kind] += nr_pages;
	preempt_enable();
}

/*
 * P3: root has share 0 to itself. What a user has a set-user-ID program allocate leaves the reserve
 * alone, the arguments of that program as well.
 */
static bool may_use_reserve(const struct account *account)
{
	return READ_ONCE(account->privileged) && !READ_ONCE(account->cpu_share);
}

/* P3: the number of pages that an allocation by the current thread must leave free. */
static u64 pages_to_leave(unsigned flags)
{
	const struct account *account = account_current();

	if (!account)
		return flags & PAGE_LIMITED ? nr_reserve : 0;
	if (thread_kill_pending(current_thread())) /* so that it can exit */
		return nr_reserve / 4;
	return may_use_reserve(account) ? nr_reserve : nr_reserve_root;
}

/* Does an allocation of @nr_pages pages leave enough (P3)? */
static bool within_limit(unsigned flags, u64 nr_pages) REQUIRES(buddy.lock)
{
	return buddy.nr_free + buddy.nr_waiting >= pages_to_leave(flags) + nr_pages;
}

bool page_alloc_has_room(u64 nr)
{
	return READ_ONCE(buddy.nr_free) + READ_ONCE(buddy.nr_waiting) >=
	       pages_to_leave(PAGE_LIMITED) + nr;
}

/* Push the pages of a block of STACK_BATCH onto a stack that has room; the lowest is used first. */
static void push_block(struct page_cpu_cache *cache, struct page *block)
{
	struct page **top = &cache->stack[cache->nr_stack];

	for (unsigned i = STACK_BATCH; i-- > 0;) {
		/* P1; the poison flag stays */
		refcount_init(&block[i].refs, 0);
		block[i].order = 0;
		block[i].kind = PAGE_KIND_CACHED;
		*top++ = &block[i];
	}
	cache->nr_stack += STACK_BATCH;
}

/* Fill this CPU's stack and take one page, or NULL. */
static struct page *take_and_refill(unsigned flags)
{
	struct page_cpu_cache *cache;
	struct page *page = NULL, *extra;

	spin_lock(&buddy.lock);
	cache = this_cpu(cpu_cache);
	if (cache->nr_stack + STACK_BATCH <= cache->stack_max && within_limit(flags, STACK_BATCH))
		page = buddy_take(&buddy, STACK_BATCH_ORDER);
	if (page) {
		push_block(cache, page);
		page = cache->stack[--cache->nr_stack];
		spin_unlock(&buddy.lock);
		return page;
	}
	if (within_limit(flags, 1)) /* fragmented, or nearly empty: one at a time */
		page = buddy_take(&buddy, 0);
	if (page) {
		while (cache->nr_stack < min(cache->stack_max, (u32)STACK_BATCH) &&
		       within_limit(flags, 1) && (extra = buddy_take(&buddy, 0))) {
			extra->kind = PAGE_KIND_CACHED; /* P1 */
			cache->stack[cache->nr_stack++] = extra;
		}
	} else if (cache->nr_stack) {
		page = cache->stack[--cache->nr_stack];
	} else if (cache->nr_zeroed && pages_to_leave(flags) <= nr_reserve) {
		page = cache->zeroed[--cache->nr_zeroed];
	}
	spin_unlock(&buddy.lock);
	return page;
}

/* @account (may be NULL) has been charged already. */
static __noinline struct page *alloc_one_slow(struct account *account, unsigned flags)
{
	bool fails = mm_fail_alloc_drawn();
	struct page *page = fails ? NULL : take_and_refill(flags);
	struct memory_patience patience = {0};

	while (!page && !fails && memory_wait(&patience, 0, flags))
		page = take_and_refill(flags);
	if (!page) {
		atomic_inc_relaxed(&nr_failures);
		if (account)
			account_uncharge(account, PAGE_SIZE);
		return NULL;
	}
	count(flags >> PAGE_KIND_SHIFT, 1);
	page_check_poison(page);
	set_header(page, 0, flags);
	set_account(page, account, flags);
	if (flags & PAGE_ZERO)
		clear_new_page(page);
	return page;
}

struct page *page_alloc_one(unsigned flags)
{
	struct account *account = account_of(flags);
	struct page_cpu_cache *cache;
	struct page *page;

	assert_task_context();
	if (mm_fail_alloc_now() || (account && unlikely(account_charge(account, PAGE_SIZE)) &&
				    account_charge_waiting(account, PAGE_SIZE, flags)))
		return NULL;
	preempt_disable();
	cache = this_cpu(cpu_cache);
	if ((flags & PAGE_ZERO) && cache->nr_zeroed) {
		page = cache->zeroed[--cache->nr_zeroed];
		flags &= ~PAGE_ZERO; /* P2 */
	} else if (likely(cache->nr_stack)) {
		page = cache->stack[--cache->nr_stack];
	} else {
		preempt_enable();
		return alloc_one_slow(account, flags);
	}
	cache->used_by_kind[flags >> PAGE_KIND_SHIFT]++;
	page_check_poison(page);
	set_header(page, 0, flags);
	set_account(page, account, flags);
	if (flags & PAGE_ZERO)
		arch_clear_page(page_to_virt(page));
	preempt_enable();
	return page;
}

static struct page *take_block(unsigned order, unsigned flags)
{
	struct page *page = NULL;

	spin_lock(&buddy.lock);
	if (within_limit(flags, 1UL << order))
		page = buddy_take(&buddy, order);
	spin_unlock(&buddy.lock);
	return page;
}

int page_alloc(unsigned order, unsigned flags, struct page **out)
{
	struct account *account = account_of(flags);
	struct memory_patience patience = {0};
	struct page *page;

	if (!order) {
		*out = page_alloc_one(flags);
		return *out ? 0 : -ENOMEM;
	}
	assert_task_context();
	if (order > PAGE_ORDER_MAX || mm_fail_alloc_now() || mm_fail_alloc_drawn() ||
	    (account && account_charge_waiting(account, PAGE_SIZE << order, flags)))
		return -ENOMEM;
	page = take_block(order, flags);
	do {
		if (page)
			break;
		/* the cached single pages may be what a block lacks */
		page_alloc_drain_cpu();
		page = take_block(order, flags);
	} while (!page && memory_wait(&patience, order, flags));
	if (!page) {
		atomic_inc_relaxed(&nr_failures);
		if (account)
			account_uncharge(account, PAGE_SIZE << order);
		return -ENOMEM;
	}
	count(flags >> PAGE_KIND_SHIFT, 1 << order);
	for (unsigned i = 0; i < 1U << order; i++) {
		page_check_poison(page + i);
		set_header(page + i, i ? 0 : order, flags);
		refcount_init(&page[i].refs, !i);
	}
	set_account(page, account, flags);
	if (flags & PAGE_ZERO)
		for (unsigned i = 0; i < 1U << order; i++)
			clear_new_page(page + i);
	*out = page;
	return 0;
}

/* --- Freeing --- */

/* Move @count pages of a CPU's stack to the buddy. Preemption is off. */
static void spill(struct page **stack, u32 *nr, u32 count)
{
	spin_lock(&buddy.lock);
	while (count--)
		buddy_give(&buddy, stack[--*nr], 0);
	spin_unlock(&buddy.lock);
}

static void free_block(struct page *page)
{
	unsigned order = page->order;

	uncharge(page);
	count(page->kind, -(1 << order));
	for (unsigned i = 0; i < 1U << order; i++) {
		page[i].kind = PAGE_KIND_RESERVED;
		page_poison(page + i);
	}
	spin_lock(&buddy.lock);
	buddy_give(&buddy, page, order);
	spin_unlock(&buddy.lock);
}

/* This CPU's stack is full: make room, or give @page to the buddy. Preemption is off. */
static __noinline void free_slow(struct page_cpu_cache *cache, struct page *page)
{
	if (cache->stack_max) {
		spill(cache->stack, &cache->nr_stack, STACK_SPILL);
		cache->stack[cache->nr_stack++] = page;
		return;
	}
	spin_lock(&buddy.lock);
	buddy_give(&buddy, page, 0);
	spin_unlock(&buddy.lock);
}

void page_free(struct page *page)
{
	struct page_cpu_cache *cache;

	assert_task_context();
	assert(page->kind < PAGE_KIND_RESERVED); /* P1: not free already, and ours */
	if (page->order) {
		free_block(page);
		return;
	}
	page_poison(page);
	uncharge(page);
	preempt_disable();
	cache = this_cpu(cpu_cache);
	cache->used_by_kind[page->kind]--;
	page->kind = PAGE_KIND_CACHED;
	if (unlikely(cache->nr_stack >= cache->stack_max))
		free_slow(cache, page);
	else
		cache->stack[cache->nr_stack++] = page;
	preempt_enable();
}

void page_free_zeroed(struct page *page)
{
	struct page_cpu_cache *cache;

	assert_task_context();
	assert(page->kind < PAGE_KIND_RESERVED && !page->order); /* P1 */
	page_check_zero(page);
	preempt_disable();
	cache = this_cpu(cpu_cache);
	if (cache->nr_zeroed >= cache->zeroed_max) {
		preempt_enable();
		page_free(page);
		return;
	}
	uncharge(page);
	cache->used_by_kind[page->kind]--;
	page->kind = PAGE_KIND_CACHED;
	page->is_poisoned = 0;
	cache->zeroed[cache->nr_zeroed++] = page; /* P2 */
	preempt_enable();
}

void page_alloc_drain_cpu(void)
{
	struct page_cpu_cache *cache;

	preempt_disable();
	cache = this_cpu(cpu_cache);
	spill(cache->stack, &cache->nr_stack, cache->nr_stack);
	for (u32 i = 0; i < cache->nr_zeroed; i++)
		cache->zeroed[i]->is_poisoned = 0;
	spill(cache->zeroed, &cache->nr_zeroed, cache->nr_zeroed);
	preempt_enable();
}

bool page_zero_pool_refill(void)
{
	struct page_cpu_cache *cache;
	struct page *page = NULL;
	bool more = false;

	/*
	 * Who needs the lock goes first: many idle CPUs that queue for it, more than the host has
	 * CPUs to run them, keep it from those that work.
	 */
	if (!spin_trylock(&buddy.lock))
		return false;
	cache = this_cpu(cpu_cache);
	if (cache->nr_zeroed < cache->zeroed_max && within_limit(PAGE_LIMITED, nr_reserve_root))
		page = buddy_take(&buddy, 0);
	spin_unlock(&buddy.lock);
	if (!page)
		return false;
	page_check_poison(page);
	clear_new_page(page);
	page->is_poisoned = 0;
	page->kind = PAGE_KIND_CACHED;
	preempt_disable();
	cache = this_cpu(cpu_cache); /* the thread may have migrated */
	if (cache->nr_zeroed < cache->zeroed_max) {
		cache->zeroed[cache->nr_zeroed++] = page;
		more = cache->nr_zeroed < cache->zeroed_max;
		page = NULL;
	}
	preempt_enable();
	if (page) {
		spin_lock(&buddy.lock);
		buddy_give(&buddy, page, 0);
		spin_unlock(&buddy.lock);
	}
	return more;
}

/* --- Memory reserved at boot --- */

/* If @pfn is RAM that the allocator does not manage yet, mark it as claimed: true. */
static bool claim_reserved(pfn_t pfn) REQUIRES(buddy.lock)
{
	struct page *page;

	if (pfn >= buddy.max_pfn || !boot_alloc_is_ram(pfn))
		return false;
	buddy_bring_up(&buddy, pfn);
	page = pfn_to_page(pfn);
	if (page->kind != PAGE_KIND_RESERVED || page->claimed)
		return false;
	page->claimed = 1;
	return true;
}

struct page *page_adopt(pfn_t pfn, unsigned flags)
{
	struct page *page = NULL;

	spin_lock(&buddy.lock);
	if (claim_reserved(pfn)) {
		page = pfn_to_page(pfn);
		set_header(page, 0, flags);
		page->link = NULL;
		page->claimed = 0;
		*page_account(page) = NULL;
		atomic_inc_relaxed(&nr_total);
	}
	spin_unlock(&buddy.lock);
	if (page)
		count(flags >> PAGE_KIND_SHIFT, 1);
	return page;
}

void page_release_reserved(paddr_t base, u64 len_bytes)
{
	pfn_t first = (base + PAGE_SIZE - 1) >> PAGE_SHIFT, end = (base + len_bytes) >> PAGE_SHIFT;

	for (pfn_t pfn = first; pfn < end; pfn++) {
		spin_lock(&buddy.lock);
		if (claim_reserved(pfn)) {
			buddy_give(&buddy, pfn_to_page(pfn), 0);
			atomic_inc_relaxed(&nr_total);
		}
		spin_unlock(&buddy.lock);
	}
}

/* --- Counts --- */

void page_alloc_counts(struct page_counts *counts)
{
	*counts = (struct page_counts){
		.total = atomic_load_relaxed(&nr_total),
		.reserve = nr_reserve,
		.reserve_root = nr_reserve_root,
		.failures = atomic_load_relaxed(&nr_failures),
	};
	spin_lock(&buddy.lock);
	counts->free = buddy.nr_free + buddy.nr_waiting;
	for (unsigned cpu = 0; cpu < percpu_nr(); cpu++) {
		const struct page_cpu_cache *cache = on_cpu(cpu_cache, cpu);

		counts->free += READ_ONCE(cache->nr_stack) + READ_ONCE(cache->nr_zeroed);
		counts->zeroed += READ_ONCE(cache->nr_zeroed);
		for (unsigned kind = 0; kind < PAGE_KIND_RESERVED; kind++)
			counts->by_kind[kind] += (u64)READ_ONCE(cache->used_by_kind[kind]);
	}
	spin_unlock(&buddy.lock);
}

u64 page_alloc_nr_free(void)
{
	u64 nr = READ_ONCE(buddy.nr_free) + READ_ONCE(buddy.nr_waiting);

	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++) {
		const struct page_cpu_cache *cache = on_cpu(cpu_cache, cpu);

		nr += READ_ONCE(cache->nr_stack) + READ_ONCE(cache->nr_zeroed);
	}
	return nr;
}
