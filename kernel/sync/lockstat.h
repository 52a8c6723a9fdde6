/* SPDX-License-Identifier: MIT */
/*
 * How often the locks of each class are taken, and how long they are waited for and held. Only the
 * lockstat build (make lockstat) counts; in all others the hooks are empty and locks have no field
 * for them.
 */
#pragma once

#include "lib/types.h"
#include "sync/lock_order.h"

/* Of one class. Times are in cycles of arch_clock. */
struct lock_counts {
	u64 acquired;	  /* also those that a trylock took */
	u64 contended;	  /* of them: somebody else had the lock, or was taking it as a reader */
	u64 wait_total;	  /* from the wish to the lock, also asleep; waits that have ended */
	u64 wait_longest; /* of them */
	u64 held_total;	  /* not by readers of rwlocks, of which there may be many at once */
	u64 held_longest; /* of them */
};

#ifdef LOCKSTAT
#include "arch/arch_clock.h"

#define LOCKSTAT_BUILD 1

/*
 * Count that a lock of @class was taken, which the caller has wanted since @begin and, if it
 * @waited, not found free. Returns the cycle from which it has the lock. Context: any.
 */
u64 lockstat_count_acquired(enum lock_class class, u64 begin, bool waited);
void lockstat_count_released(enum lock_class class, u64 held_since);
/* Sum up the counts of @class on all CPUs since the last clearing. Context: any. */
void lockstat_get(enum lock_class class, struct lock_counts *out);
/* Begin to count from zero. Context: any. */
void lockstat_clear(void);

#define lockstat_begin() arch_clock_cycles()
/*
 * Called by locks: after @lock was taken alone, which writes its field held_since; after a reader
 * took it; and before who had it alone releases it.
 */
#define lockstat_acquired(lock, class, begin, waited)                                              \
	((lock)->held_since = lockstat_count_acquired(class, begin, waited))
#define lockstat_acquired_shared(class, begin, waited)                                             \
	((void)lockstat_count_acquired(class, begin, waited))
#define lockstat_released(lock, class) lockstat_count_released(class, (lock)->held_since)
#else
#define LOCKSTAT_BUILD 0
#define lockstat_begin() 0UL
#define lockstat_acquired(lock, class, begin, waited) ((void)(begin))
#define lockstat_acquired_shared(class, begin, waited) ((void)(begin))
#define lockstat_released(lock, class) ((void)0)
#endif
