/* SPDX-License-Identifier: MIT */
/*
 * Sleeping locks. Uncontended lock and unlock are one compare-and-exchange each. A waiter sleeps
 * uninterruptibly: the sections are short, whatever they do. It does not while the owner runs on
 * another CPU.
 */
#pragma once

#include "sched/waitq.h"

struct LOCK_CAPABILITY("mutex") mutex {
	struct thread *owner; /* NULL: free; bit 0: threads may wait */
	struct waitq waiters;
#ifdef LOCKS_KNOW_CLASS
	u32 class;
#endif
#ifdef LOCKSTAT
	u64 held_since; /* written by who has just taken it */
#endif
};

void mutex_init_class(struct mutex *m, enum lock_class class);
#define mutex_init(m, name) mutex_init_class(m, LOCK_##name)
void mutex_lock_slow(struct mutex *m);
void mutex_unlock_slow(struct mutex *m);

#ifdef LOCKS_KNOW_CLASS
#define mutex_class(m) ((enum lock_class)(m)->class)
#else
#define mutex_class(m) LOCK_inode
#endif

static __always_inline void mutex_lock(struct mutex *m) ACQUIRES(*m) NO_LOCK_ANALYSIS
{
	struct thread *expected = NULL;
	u64 begin = lockstat_begin();

	might_sleep();
	lockcheck_acquire(m, mutex_class(m), false);
	if (unlikely(!__atomic_compare_exchange_n(&m->owner, &expected, current_thread(), false,
						  __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))) {
		mutex_lock_slow(m);
		lockstat_acquired(m, mutex_class(m), begin, true);
	} else {
		lockstat_acquired(m, mutex_class(m), begin, false);
	}
}

static __always_inline void mutex_unlock(struct mutex *m) RELEASES(*m) NO_LOCK_ANALYSIS
{
	struct thread *expected = current_thread();

	lockcheck_release(m, mutex_class(m));
	lockstat_released(m, mutex_class(m));
	if (unlikely(!__atomic_compare_exchange_n(&m->owner, &expected, NULL, false,
						  __ATOMIC_RELEASE, __ATOMIC_RELAXED)))
		mutex_unlock_slow(m);
}
static inline bool mutex_trylock(struct mutex *m) ACQUIRES_TRY(true, *m) NO_LOCK_ANALYSIS
{
	struct thread *expected = NULL;
	u64 begin = lockstat_begin();
	bool got = __atomic_compare_exchange_n(&m->owner, &expected, current_thread(), false,
					       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
	if (got) {
		lockcheck_acquire(m, mutex_class(m), false);
		lockstat_acquired(m, mutex_class(m), begin, false);
	}
	return got;
}
/* Two of one class in address order; @a may equal @b. */
void mutex_lock_pair(struct mutex *a, struct mutex *b) ACQUIRES(*a, *b);
void mutex_unlock_pair(struct mutex *a, struct mutex *b) RELEASES(*a, *b);
static inline bool mutex_is_mine(const struct mutex *m)
{
	return ((u64)__atomic_load_n(&m->owner, __ATOMIC_RELAXED) & ~1UL) == (u64)current_thread();
}
/* May another thread wait for @m, which the current thread holds? */
static inline bool mutex_is_wanted(const struct mutex *m)
{
	return (u64)__atomic_load_n(&m->owner, __ATOMIC_RELAXED) & 1UL;
}
#define assert_mutex_held(m) debug_assert(mutex_is_mine(m))
