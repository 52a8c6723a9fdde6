// SPDX-License-Identifier: MIT
/*
 * lockcheck.c -- the lock rules, checked as the debug kernel runs.
 *
 * Idea. Spinlocks held are listed per CPU (a thread that holds one does not migrate), mutexes per
 *   thread. Each acquisition compares ranks with all locks held, so a reversal shows the first time
 *   that one side runs, not only when two sides meet. An interrupt may take locks between any two
 *   instructions, and a thread that holds no spinlock may move to another CPU: the lists change,
 *   and are looked at, with interrupts off.
 * Cost.  None in release: the hooks are empty there.
 * Tests. lockcheck_test.c.
 */
#include "sync/lockcheck.h"

#define LOCK_INFO(rank, name, kind, context, what)                                                 \
	{#name, rank, LOCK_IS_##kind, LOCK_IN_##context, what},
#define LOCK_IS_SLEEP true
#define LOCK_IS_SPIN false
#define LOCK_IN_TASK false
#define LOCK_IN_IRQ true
const struct lock_class_info lock_class_table[LOCK_NR_CLASSES] = {LOCK_CLASS_TABLE(LOCK_INFO)};

#ifdef LOCKCHECK
#include "arch/arch_percpu.h"
#include "arch/arch_irq.h"
#include "core/assert.h"
#include "core/log.h"
#include "core/panic.h"
#include "sched/thread.h"
#include "sync/preempt.h"

static PERCPU(struct held_locks, cpu_held); /* [p] */

static struct held_locks *held_list(enum lock_class class)
{
	return lock_class_table[class].sleeps ? &current_thread()->held : this_cpu(cpu_held);
}

static void check_rank(const struct held_locks *held, const void *lock, enum lock_class class,
		       bool paired)
{
	const struct lock_class_info *new = &lock_class_table[class];

	for (unsigned i = 0; i < held->count; i++) {
		const struct lock_class_info *old = &lock_class_table[held->locks[i].class];

		/* The interrupted task's; an interrupt never takes it, so it cannot wait for it. */
		if (in_interrupt() && !old->in_irq)
			continue;
		if (held->locks[i].lock == lock)
			panic("lock %s %p is already held here", new->name, lock);
		if (old->rank > new->rank || (old->rank == new->rank && !paired))
			panic("lock order: %s (rank %u) wanted while %s (rank %u) is held",
			      new->name, new->rank, old->name, old->rank);
	}
}

void lockcheck_acquire(const void *lock, enum lock_class class, bool paired)
{
	const struct lock_class_info *info = &lock_class_table[class];
	struct held_locks *held;
	irq_state_t state;

	if (panic_in_progress())
		return;
	if (info->in_irq && arch_irq_enabled())
		panic("lock %s, which interrupts take, wanted with interrupts on", info->name);
	if (!info->in_irq && in_interrupt())
		panic("lock %s wanted in an interrupt", info->name);
	state = arch_irq_save();
	check_rank(this_cpu(cpu_held), lock, class, paired);
	check_rank(&current_thread()->held, lock, class, paired);
	held = held_list(class);
	if (held->count == ARRAY_SIZE(held->locks))
		panic("more locks held than can be right");
	held->locks[held->count].lock = lock;
	held->locks[held->count++].class = class;
	arch_irq_restore(state);
}

static bool forget(struct held_locks *held, const void *lock)
{
	for (unsigned i = held->count; i-- > 0;)
		if (held->locks[i].lock == lock) {
			for (held->count--; i < held->count; i++)
				held->locks[i] = held->locks[i + 1];
			return true;
		}
	return false;
}

void lockcheck_release(const void *lock, enum lock_class class)
{
	irq_state_t state;
	bool was_held;

	if (panic_in_progress())
		return;
	state = arch_irq_save();
	was_held = forget(held_list(class), lock);
	arch_irq_restore(state);
	if (!was_held)
		panic("lock %s %p released by one who does not hold it",
		      lock_class_table[class].name, lock);
}

static bool holds(const struct held_locks *held, const void *lock)
{
	for (unsigned i = 0; i < held->count; i++)
		if (held->locks[i].lock == lock)
			return true;
	return false;
}

void lockcheck_assert_held(const void *lock)
{
	irq_state_t state;
	bool held;

	if (panic_in_progress())
		return;
	state = arch_irq_save();
	held = holds(this_cpu(cpu_held), lock) || holds(&current_thread()->held, lock);
	arch_irq_restore(state);
	if (!held)
		panic("lock %p should be held here", lock);
}

void lockcheck_might_sleep(const char *file, int line)
{
	if (panic_in_progress())
		return;
	if (preempt_count() || !arch_irq_enabled()) {
		lockcheck_dump();
		panic_at(file, line, "sleeping with preemption count %x, interrupts %s",
			 preempt_count(), arch_irq_enabled() ? "on" : "off");
	}
}

void lockcheck_assert_none_held(const char *where)
{
	irq_state_t state = arch_irq_save();
	bool any = this_cpu(cpu_held)->count || current_thread()->held.count;

	arch_irq_restore(state);
	if (any) {
		lockcheck_dump();
		panic("%s ends with a lock held", where);
	}
}

static void dump(const char *whose, const struct held_locks *held)
{
	for (unsigned i = 0; i < held->count; i++)
		log_raw("  %s holds %s %p", whose, lock_class_table[held->locks[i].class].name,
			held->locks[i].lock);
}

void lockcheck_dump(void)
{
	irq_state_t state = arch_irq_save();

	dump("this CPU", this_cpu(cpu_held));
	dump("this thread", &current_thread()->held);
	arch_irq_restore(state);
}
#endif
