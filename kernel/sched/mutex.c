// SPDX-License-Identifier: MIT
/*
 * mutex.c -- the contended side of sleeping locks.
 *
 * Idea. The owner word is the whole lock: NULL, or the owning thread, with bit 0 set when threads
 *   may wait. A waiter sets the bit and sleeps; an unlock that finds the bit set clears the word
 *   and wakes one waiter, which competes for the lock again.
 *   While the owner runs on another CPU, and nobody sleeps here, a waiter stays on its CPU: the
 *   section is short, and two switches take longer. It knows the owner by its address only, which
 *   it compares with what the CPUs run: the owner may have ended meanwhile.
 * Invariants.
 *   U1  Who has marked the word before it went to sleep is woken: no unlock takes the mark away
 *       without a wake-up, and a waiter on its CPU takes only a word that is NULL.
 *   U2  A waiter on its CPU does not pass those that sleep.
 * Tests. mutex_model_test.c.
 */
#include "sched/mutex.h"
#include "core/assert.h"

#define WAITERS 1UL

void mutex_init_class(struct mutex *m, enum lock_class class)
{
	m->owner = NULL;
	waitq_init(&m->waiters);
#ifdef LOCKS_KNOW_CLASS
	m->class = class;
#else
	(void)class;
#endif
}

/* Take the lock, or mark it as waited for. True: taken. */
static bool take_or_mark(struct mutex *m)
{
	u64 old = (u64)__atomic_load_n(&m->owner, __ATOMIC_RELAXED);

	for (;;) {
		u64 new = old ? old | WAITERS : (u64)current_thread() | WAITERS;
		struct thread *expected = (struct thread *)old;

		if (__atomic_compare_exchange_n(&m->owner, &expected, (struct thread *)new, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return !old;
		old = (u64)expected;
	}
}

/* Wait for @m on this CPU as long as that makes sense. True: taken. */
static bool spin(struct mutex *m)
{
	for (;;) {
		struct thread *owner = __atomic_load_n(&m->owner, __ATOMIC_RELAXED);

		if (!owner &&
		    __atomic_compare_exchange_n(&m->owner, &owner, current_thread(), false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true; /* U1 */
		if (((u64)owner & WAITERS) || !sched_is_worth_spinning(owner))
			return false; /* U2 */
		arch_cpu_relax();
	}
}

void mutex_lock_slow(struct mutex *m)
{
	struct wait_entry entry;

	debug_assert(!mutex_is_mine(m));
	if (spin(m))
		return;
	wait_entry_init(&entry);
	entry.exclusive = true;
	for (;;) {
		waitq_prepare(&m->waiters, &entry, THREAD_UNINTERRUPTIBLE);
		/*
		 * Other threads may wait, too: the bit stays set when this one takes the lock,
		 * which costs one needless wake-up at most.
		 */
		if (take_or_mark(m))
			break;
		ignore_result(sched_sleep(DEADLINE_NEVER),
			      "deep sleep without a deadline ends only by a wake-up");
	}
	waitq_finish(&m->waiters, &entry);
}

void mutex_unlock_slow(struct mutex *m)
{
	debug_assert(mutex_is_mine(m));
	__atomic_store_n(&m->owner, NULL, __ATOMIC_RELEASE);
	waitq_wake_one(&m->waiters);
}

void mutex_lock_pair(struct mutex *a, struct mutex *b) NO_LOCK_ANALYSIS
{
	struct mutex *first = a < b ? a : b, *second = a < b ? b : a;

	mutex_lock(first);
	if (first != second) {
		struct thread *expected = NULL;
		u64 begin = lockstat_begin();
		bool waited;

		lockcheck_acquire(second, mutex_class(second), true);
		waited = !__atomic_compare_exchange_n(&second->owner, &expected, current_thread(),
						      false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
		if (waited)
			mutex_lock_slow(second);
		lockstat_acquired(second, mutex_class(second), begin, waited);
	}
}

void mutex_unlock_pair(struct mutex *a, struct mutex *b) NO_LOCK_ANALYSIS
{
	mutex_unlock(a);
	if (a != b)
		mutex_unlock(b);
}
