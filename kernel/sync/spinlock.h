/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks: short critical sections that never sleep. Taking one disables preemption on this CPU.
 *
 * IRQ classes (sync/lock_order.h) are taken by the _irq_save form, which also turns interrupts off.
 * They are fair: who finds a lock held draws a ticket, and is served in the order of tickets. So no
 * CPU waits for more than one turn of each other CPU; but one that a virtual machine's host does
 * not run when its turn comes loses it to another (spinlock.c).
 */
#pragma once

#include "arch/arch_cpu.h"
#include "arch/arch_irq.h"
#include "lib/compiler.h"
#include "sync/lock_annotations.h"
#include "sync/lockcheck.h"
#include "sync/lockstat.h"
#include "sync/preempt.h"

struct LOCK_CAPABILITY("spinlock") spinlock {
	union {
		u16 tickets; /* [a] served in the lower byte, the next to be drawn in the upper */
		u8 served;   /* [a] written by the holder only                                 */
	};
#ifdef LOCKS_KNOW_CLASS
	u32 class;
#endif
#ifdef LOCKSTAT
	u64 held_since; /* written by who has just taken it */
#endif
};

#ifdef LOCKS_KNOW_CLASS
#define SPINLOCK_INIT(name)                                                                        \
	{                                                                                          \
		.tickets = 0, .class = LOCK_##name                                                 \
	}
#define spinlock_class(l) ((enum lock_class)(l)->class)
#else
#define SPINLOCK_INIT(name)                                                                        \
	{                                                                                          \
		.tickets = 0                                                                       \
	}
#define spinlock_class(l) LOCK_leaf
#endif
/* Make @l a free lock of class @name: spin_lock_init(&pipe->lock, leaf). */
#define spin_lock_init(l, name) (*(l) = (struct spinlock)SPINLOCK_INIT(name))

#define SPINLOCK_TICKET 0x100
static_assert(CPUS_MAX < SPINLOCK_TICKET, "a CPU draws one ticket of a lock at a time");

/*
 * Wait until @ticket of @l, or another that it is exchanged for, is served. Context: preemption
 * off. Called by arch_spin_wait(), which keeps the caller's registers.
 */
void spin_wait(struct spinlock *l, u64 ticket);

static __always_inline void spin_lock_raw(struct spinlock *l)
{
	u64 begin = lockstat_begin();
	u16 drawn = __atomic_fetch_add(&l->tickets, SPINLOCK_TICKET, __ATOMIC_ACQUIRE);

	if (likely(arch_bytes_are_equal(drawn))) {
		lockstat_acquired(l, spinlock_class(l), begin, false);
		return;
	}
	arch_spin_wait(l, drawn >> 8);
	lockstat_acquired(l, spinlock_class(l), begin, true);
}

static __always_inline void spin_unlock_raw(struct spinlock *l)
{
	lockstat_released(l, spinlock_class(l));
	arch_increment_release(&l->served);
}

static __always_inline void spin_lock(struct spinlock *l) ACQUIRES(*l) NO_LOCK_ANALYSIS
{
	preempt_disable();
	lockcheck_acquire(l, spinlock_class(l), false);
	spin_lock_raw(l);
}

static __always_inline void spin_unlock(struct spinlock *l) RELEASES(*l) NO_LOCK_ANALYSIS
{
	lockcheck_release(l, spinlock_class(l));
	spin_unlock_raw(l);
	preempt_enable();
}

/* Returns the interrupt state to hand to spin_unlock_irq_restore(). */
static __always_inline irq_state_t spin_lock_irq_save(struct spinlock *l)
	ACQUIRES(*l) NO_LOCK_ANALYSIS
{
	irq_state_t state = arch_irq_save();
	spin_lock(l);
	return state;
}

static __always_inline void spin_unlock_irq_restore(struct spinlock *l, irq_state_t state)
	RELEASES(*l) NO_LOCK_ANALYSIS
{
	lockcheck_release(l, spinlock_class(l));
	spin_unlock_raw(l);
	arch_irq_restore(state);
	preempt_enable();
}

/*
 * Take @l, to be released by spin_unlock_handover() in the thread that runs here then: the switch
 * hands the run queue's lock over with the CPU. The preemption count stays as it is. Context:
 * preemption off.
 */
static __always_inline void spin_lock_handover(struct spinlock *l) ACQUIRES(*l) NO_LOCK_ANALYSIS
{
	lockcheck_acquire(l, spinlock_class(l), false);
	spin_lock_raw(l);
}

static __always_inline void spin_unlock_handover(struct spinlock *l) RELEASES(*l) NO_LOCK_ANALYSIS
{
	lockcheck_release(l, spinlock_class(l));
	spin_unlock_raw(l);
}

/* Two locks of one class, in address order; @a may equal @b. */
static __always_inline void spin_lock_pair(struct spinlock *a, struct spinlock *b)
	ACQUIRES(*a, *b) NO_LOCK_ANALYSIS
{
	struct spinlock *first = a < b ? a : b, *second = a < b ? b : a;

	spin_lock(first);
	if (first != second) {
		preempt_disable();
		lockcheck_acquire(second, spinlock_class(second), true);
		spin_lock_raw(second);
	}
}

static __always_inline void spin_unlock_pair(struct spinlock *a, struct spinlock *b)
	RELEASES(*a, *b) NO_LOCK_ANALYSIS
{
	if (a != b)
		spin_unlock(b);
	spin_unlock(a);
}

#define assert_spin_held(l) lockcheck_assert_held(l)
