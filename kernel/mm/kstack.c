// SPDX-License-Identifier: MIT
/*
 * kstack.c -- kernel stacks.
 *
 * Idea.  A region of kernel address space is divided into slots of 32 KiB: 16 KiB that are never
 *   mapped, and above them a stack of 16 KiB, so that an overflow faults. Stacks stay mapped after
 *   use, in a small per-CPU cache, so that creating a thread needs no page-table work.
 *
 *   slot:  | unmapped 16 KiB | stack 16 KiB |   the next slot's unmapped part follows
 *                            ^ kstack_alloc() returns this
 * Invariants.
 *   T1  A slot's number is allocated exactly while its stack is mapped.
 *   T2  Freeing never unmaps, because it happens with interrupts off. kstack_trim() unmaps later.
 * Locks.  Preemption off for the per-CPU cache; stacks_lock (leaf) for slot numbers and the list of
 *   stacks that did not fit into a cache.
 * Tests.  kmap_test.c.
 */
#include "mm/kstack.h"

#include "arch/arch_percpu.h"
#include "arch/arch_thread.h"
#include "core/assert.h"
#include "lib/id_alloc.h"
#include "lib/string.h"
#include "mm/kmap.h"
#include "mm/page_alloc.h"
#include "sync/spinlock.h"

#define SLOT_BYTES (2 * KERNEL_STACK_SIZE)
#define SLOTS_MAX 32768
#define CPU_CACHE_MAX 8
#define TRIM_BATCH 16 /* stacks that are unmapped at once */
static_assert(SLOTS_MAX * SLOT_BYTES <= KMAP_STACKS_SIZE, "all slots lie in their region");

/* Stored in the lowest bytes of an unused stack. */
struct spare_stack {
	struct spare_stack *next;
};

struct SHARED stack_cache {
	u32 count;		     /* [p] */
	void *stacks[CPU_CACHE_MAX]; /* [p] */
};

static PERCPU(struct stack_cache, stack_cache); /* [p] */
static struct spinlock stacks_lock = SPINLOCK_INIT(leaf);
static u64 slot_bits[BITMAP_WORDS(SLOTS_MAX)]; /* [stacks_lock] */
static struct id_alloc slots;		       /* [stacks_lock] T1 */
static struct spare_stack *spares;	       /* [stacks_lock] */
static u64 nr_spares;			       /* [stacks_lock] */

static bool reclaim_stacks(void);

void kstack_init(void)
{
	for (unsigned cpu = 0; cpu < percpu_nr(); cpu++)
		*on_cpu(stack_cache, cpu) = (struct stack_cache){0};
	spares = NULL;
	nr_spares = 0;
	id_alloc_init(&slots, slot_bits, SLOTS_MAX);
	page_alloc_add_pressure_handler(reclaim_stacks);
}

static vaddr_t stack_of_slot(u32 slot)
{
	return KMAP_STACKS_BASE + slot * SLOT_BYTES + KERNEL_STACK_SIZE;
}

static void free_slot(u32 slot)
{
	spin_lock(&stacks_lock);
	id_alloc_free(&slots, slot);
	spin_unlock(&stacks_lock);
}

static void *pop_spare(void)
{
	struct spare_stack *spare;

	spin_lock(&stacks_lock);
	spare = spares;
	if (spare) {
		spares = spare->next;
		nr_spares--;
	}
	spin_unlock(&stacks_lock);
	return spare;
}

static void *map_fresh(void)
{
	int slot;

	spin_lock(&stacks_lock);
	slot = id_alloc_lowest(&slots, 0);
	spin_unlock(&stacks_lock);
	if (slot < 0)
		return NULL;
	if (kmap_populate(stack_of_slot((u32)slot), KERNEL_STACK_PAGES, PAGE_STACK)) {
		free_slot((u32)slot);
		return NULL;
	}
	return (void *)stack_of_slot((u32)slot);
}

static void *pop_cached(void)
{
	struct stack_cache *cache;
	void *stack = NULL;

	preempt_disable();
	cache = this_cpu(stack_cache);
	if (cache->count)
		stack = cache->stacks[--cache->count];
	preempt_enable();
	return stack;
}

/*
 * Unmap all stacks that @pop returns; the other CPUs are asked to forget them once for each batch.
 * True: there were some.
 */
static bool unmap_stacks(void *(*pop)(void))
{
	vaddr_t stacks[TRIM_BATCH];
	bool freed = false;
	unsigned nr;
	void *stack;

	do {
		for (nr = 0; nr < TRIM_BATCH && (stack = pop()); nr++)
			stacks[nr] = (vaddr_t)stack;
		kmap_depopulate_all(stacks, nr, KERNEL_STACK_PAGES);
		for (unsigned i = 0; i < nr; i++) /* T1 */
			free_slot((u32)((stacks[i] - KMAP_STACKS_BASE) / SLOT_BYTES));
		freed |= nr > 0;
	} while (nr == TRIM_BATCH);
	return freed;
}

void *kstack_alloc(void)
{
	void *stack = pop_cached();

	if (!stack)
		stack = pop_spare();
	if (!stack)
		stack = map_fresh();
	return stack;
}

void kstack_free(void *stack)
{
	struct spare_stack *spare = stack;
	struct stack_cache *cache;

	debug_assert(((vaddr_t)stack - KMAP_STACKS_BASE) % SLOT_BYTES == KERNEL_STACK_SIZE);
	preempt_disable();
	cache = this_cpu(stack_cache);
	if (cache->count < CPU_CACHE_MAX) {
		cache->stacks[cache->count++] = stack;
	} else { /* T2 */
		spin_lock(&stacks_lock);
		spare->next = spares;
		spares = spare;
		nr_spares++;
		spin_unlock(&stacks_lock);
	}
	preempt_enable();
}

bool kstack_trim(void)
{
	return READ_ONCE(nr_spares) && unmap_stacks(pop_spare);
}

/* Pressure handler: unmaps the stacks in this CPU's cache as well. */
static bool reclaim_stacks(void)
{
	bool freed = kstack_trim();

	return unmap_stacks(pop_cached) || freed;
}

bool kstack_is_guard(vaddr_t address)
{
	u64 offset = address - KMAP_STACKS_BASE;

	return offset < SLOTS_MAX * SLOT_BYTES && offset % SLOT_BYTES < KERNEL_STACK_SIZE;
}

void kstack_counts(u64 *nr_total, u64 *nr_cached)
{
	spin_lock(&stacks_lock);
	*nr_total = slots.nr_used;
	*nr_cached = nr_spares;
	for (unsigned cpu = 0; cpu < percpu_nr(); cpu++)
		*nr_cached += READ_ONCE(on_cpu(stack_cache, cpu)->count);
	spin_unlock(&stacks_lock);
}
