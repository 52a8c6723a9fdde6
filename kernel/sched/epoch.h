/* SPDX-License-Identifier: MIT */
/*
 * Epochs: lookups without a lock, of objects that are freed only when nobody can be looking at them
 * any more.
 *
 *	epoch_read_begin();
 *	object = find(key);
 *	if (object && !refcount_get_unless_zero(&object->refs))
 *		object = NULL;
 *	epoch_read_end();
 *
 * Who removes the object from where it is found does so before epoch_call(). Pointers that readers
 * follow are stored with release and loaded with acquire.
 */
#pragma once

#include "arch/arch_percpu.h"
#include "lib/compiler.h"
#include "sync/epoch_item.h"
#include "sync/preempt.h"

struct page;

/* A read section: nothing that is found in it is freed before its end. It does not sleep. */
static __always_inline void epoch_read_begin(void)
{
	preempt_disable();
}

static __always_inline void epoch_read_end(void)
{
	preempt_enable();
}

/*
 * Call @function(@item) when all read sections that run now have ended: at once if no other CPU is
 * up, later in a thread of the kernel. @function does not sleep, and takes locks of a higher rank
 * than the caller holds. In epoch_call_for it ends @nr objects or pages. Context: task, in no read
 * section.
 */
void epoch_call(struct epoch_item *item, void (*function)(struct epoch_item *item));
void epoch_call_for(struct epoch_item *item, void (*function)(struct epoch_item *item),
		    unsigned nr);
/*
 * For slab_cache_init_lasting(): free the pages of @slab when all read sections that run now have
 * ended. Context: task, in no read section.
 */
void epoch_free_slab(struct page *slab);
/*
 * Before an object is made whose end goes by epoch_call, or pages are given to it: call functions
 * of this CPU that are ready, if there are many, and wait while there are too many. Context: task,
 * without a lock that the functions take; may sleep. Returns: 0; -EINTR: the thread is killed.
 */
int epoch_throttle(void) __must_check;
/* Are there items whose function is still to be called? */
bool epoch_has_items(void);
/*
 * Wait until the functions of as many items were called as wait now: about, of these. Those that
 * are ready are called here.
 * Context: task; may sleep. Returns: 0; -EINTR: the thread is killed; -ETIMEDOUT.
 */
int epoch_wait(u64 deadline_ns) __must_check;
/*
 * From each tick: interrupt context, interrupts off, no lock held. @is_asked: this CPU is to switch
 * and has not yet. True: ask it to, before interrupts are on.
 */
bool epoch_tick(bool is_asked) __must_check;
/* Are there items of this CPU that need its ticks, whatever it does? Context: interrupts off. */
bool epoch_needs_tick(void);
/*
 * This CPU has no ticks, or few, and is about to wait for an interrupt, or to enter user mode:
 * nobody need wait for it until epoch_interrupted(). Context: interrupts off, until then.
 */
void epoch_sleep(void);
extern PERCPU(u8, epoch_asleep); /* [a] */
/* It is awake. Interrupts off. */
void epoch_wake(void);
/* Before the handler of each interrupt, and after user mode: this CPU is awake. Interrupts off. */
static __always_inline void epoch_interrupted(void)
{
	if (unlikely(READ_ONCE(*this_cpu(epoch_asleep))))
		epoch_wake();
}
/* Create the threads, if there are several CPUs. Boot, after they were started. */
void epoch_init(void);
