/* SPDX-License-Identifier: MIT */
/* A spinlock that is taken if it is free: for what can be left undone when others are there. */
#pragma once

#include "sync/spinlock.h"

/*
 * Take @l if it is free; draw no ticket if not.
 * Returns: is it taken? Then spin_unlock() releases it.
 */
static __always_inline bool spin_trylock(struct spinlock *l) ACQUIRES_TRY(true, *l) NO_LOCK_ANALYSIS
{
	u64 begin = lockstat_begin();
	u16 tickets = __atomic_load_n(&l->tickets, __ATOMIC_RELAXED);

	preempt_disable();
	if (!arch_bytes_are_equal(tickets) ||
	    !__atomic_compare_exchange_n(&l->tickets, &tickets, (u16)(tickets + SPINLOCK_TICKET),
					 false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		preempt_enable();
		return false;
	}
	lockcheck_acquire(l, spinlock_class(l), false);
	lockstat_acquired(l, spinlock_class(l), begin, false);
	return true;
}
