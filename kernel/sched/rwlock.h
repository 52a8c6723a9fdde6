/* SPDX-License-Identifier: MIT */
/*
 * Sleeping locks that many readers hold at once, or one writer alone. Each uncontended step is one
 * atomic operation, as of a mutex; a waiter sleeps uninterruptibly, or waits on its CPU while a
 * writer runs on another.
 *
 * Neither side starves: readers that come while a writer waits are behind it, and those that wait
 * when a writer is done are before the next. A reader may therefore not take the lock once more.
 */
#pragma once

#include "sched/sched.h"

/* Bits of the word; above them the number of readers, or the thread that writes. 0: free. */
#define RWLOCK_WAITED 1UL /* threads sleep: who releases it looks for them */
#define RWLOCK_WRITER 2UL
#define RWLOCK_READER 4UL /* one of them */

struct LOCK_CAPABILITY("rwlock") rwlock {
	u64 word;	      /* [a] */
	struct spinlock lock; /* class waitq */
#ifdef LOCKS_KNOW_CLASS
	u32 class; /* [I] */
#endif
#ifdef LOCKSTAT
	u64 held_since; /* written by the writer that has just taken it */
#endif
	struct list_node readers, writers; /* [lock] that sleep, in the order of arrival */
};

void rwlock_init_class(struct rwlock *l, enum lock_class class);
#define rwlock_init(l, name) rwlock_init_class(l, LOCK_##name)
void rwlock_read_lock_slow(struct rwlock *l);
void rwlock_read_unlock_slow(struct rwlock *l);
void rwlock_write_lock_slow(struct rwlock *l);
void rwlock_write_unlock_slow(struct rwlock *l);

#ifdef LOCKS_KNOW_CLASS
#define rwlock_class(l) ((enum lock_class)(l)->class)
#else
#define rwlock_class(l) LOCK_inode
#endif

static __always_inline u64 rwlock_me(void)
{
	return (u64)current_thread() | RWLOCK_WRITER;
}

static __always_inline bool rwlock_read_take(struct rwlock *l)
{
	u64 old = __atomic_load_n(&l->word, __ATOMIC_RELAXED);

	while (likely(!(old & (RWLOCK_WAITED | RWLOCK_WRITER))))
		if (likely(__atomic_compare_exchange_n(&l->word, &old, old + RWLOCK_READER, false,
						       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)))
			return true;
	return false;
}

static __always_inline bool rwlock_write_take(struct rwlock *l)
{
	u64 free = 0;

	return likely(__atomic_compare_exchange_n(&l->word, &free, rwlock_me(), false,
						  __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
}

/* Context of all of these: task; those that do not try may sleep. */
static __always_inline void rwlock_read_lock(struct rwlock *l) ACQUIRES_SHARED(*l) NO_LOCK_ANALYSIS
{
	u64 begin = lockstat_begin();

	might_sleep();
	lockcheck_acquire(l, rwlock_class(l), false);
	if (!rwlock_read_take(l)) {
		rwlock_read_lock_slow(l);
		lockstat_acquired_shared(rwlock_class(l), begin, true);
	} else {
		lockstat_acquired_shared(rwlock_class(l), begin, false);
	}
}

/* False: a writer has it or waits for it. */
static __always_inline bool rwlock_read_trylock(struct rwlock *l)
	ACQUIRES_SHARED_TRY(true, *l) NO_LOCK_ANALYSIS
{
	u64 begin = lockstat_begin();
	bool got = rwlock_read_take(l);

	if (got) {
		lockcheck_acquire(l, rwlock_class(l), false);
		lockstat_acquired_shared(rwlock_class(l), begin, false);
	}
	return got;
}

static __always_inline void rwlock_read_unlock(struct rwlock *l)
	RELEASES_SHARED(*l) NO_LOCK_ANALYSIS
{
	lockcheck_release(l, rwlock_class(l));
	if (unlikely(__atomic_fetch_add(&l->word, -RWLOCK_READER, __ATOMIC_RELEASE) ==
		     (RWLOCK_READER | RWLOCK_WAITED)))
		rwlock_read_unlock_slow(l);
}

static __always_inline void rwlock_write_lock(struct rwlock *l) ACQUIRES(*l) NO_LOCK_ANALYSIS
{
	u64 begin = lockstat_begin();

	might_sleep();
	lockcheck_acquire(l, rwlock_class(l), false);
	if (!rwlock_write_take(l)) {
		rwlock_write_lock_slow(l);
		lockstat_acquired(l, rwlock_class(l), begin, true);
	} else {
		lockstat_acquired(l, rwlock_class(l), begin, false);
	}
}

static __always_inline void rwlock_write_unlock(struct rwlock *l) RELEASES(*l) NO_LOCK_ANALYSIS
{
	u64 mine = rwlock_me();

	lockcheck_release(l, rwlock_class(l));
	lockstat_released(l, rwlock_class(l));
	if (unlikely(!__atomic_compare_exchange_n(&l->word, &mine, 0, false, __ATOMIC_RELEASE,
						  __ATOMIC_RELAXED)))
		rwlock_write_unlock_slow(l);
}

/* Has the current thread taken @l to write? */
static inline bool rwlock_is_mine(const struct rwlock *l)
{
	return (__atomic_load_n(&l->word, __ATOMIC_RELAXED) & ~RWLOCK_WAITED) == rwlock_me();
}
#define assert_rwlock_held(l) debug_assert(rwlock_is_mine(l))
/* Some reader, or the current thread as the writer, has it; the debug kernel knows whether this. */
#define assert_rwlock_held_shared(l)                                                               \
	do {                                                                                       \
		lockcheck_assert_held(l);                                                          \
		debug_assert(rwlock_is_mine(l) || rwlock_is_read(l));                              \
	} while (0)
static inline bool rwlock_is_read(const struct rwlock *l)
{
	u64 word = __atomic_load_n(&l->word, __ATOMIC_RELAXED);

	return !(word & RWLOCK_WRITER) && word >= RWLOCK_READER;
}
