// SPDX-License-Identifier: MIT
/*
 * rwlock.c -- the contended side of sleeping read-write locks.
 *
 * Idea. One word says who has the lock, and whether threads sleep for it; then nobody takes it or
 *   gives it back without the spinlock (but a reader that is not the last). Who gives it back looks
 *   at the sleepers. Readers get the lock given, many at once; a writer is woken, and competes with
 *   those that run, as a switch at each hand-over is dear. If it loses once, it gets the lock given
 *   next time.
 * Invariants.
 *   L1  WAITED is set if and only if a list is not empty: both change under the spinlock. It is set
 *       while somebody has the lock, who then sees it when it gives the lock back.
 *   L2  With WAITED set the lock is taken only under the spinlock, and by readers only if it is
 *       free, or given to them. So a writer waits for those readers that had the lock, or got it
 *       from the writer before: who wrote gives to readers first, who read to a writer.
 *   L3  When the lock is free and WAITED is set, a writer has been woken, or who gave it back is
 *       about to look at the lists.
 *   L4  A sleeper leaves with the spinlock taken after it was given the lock: nobody looks at its
 *       entry, or its thread, later.
 * Locks.  The spinlock (class waitq), then runqueue.
 * Cost.  Each hand-over gives to READERS_AT_ONCE readers, so interrupts are off for as long.
 * Tests. rwlock_model_test.c.
 */
#include "sched/rwlock.h"

#include "core/assert.h"

#define READERS_AT_ONCE 32
#define OWNERS (~RWLOCK_WAITED)

struct waiter {
	struct list_node node; /* [lock] */
	struct thread *thread; /* [I] */
	bool given;	       /* [lock] it has the lock, and is off the list */
	bool lost;	       /* [lock] a writer that was woken, and too late */
};

void rwlock_init_class(struct rwlock *l, enum lock_class class)
{
	l->word = 0;
	spin_lock_init(&l->lock, waitq);
	list_init(&l->readers);
	list_init(&l->writers);
#ifdef LOCKS_KNOW_CLASS
	l->class = class;
#else
	(void)class;
#endif
}

static u64 waited(const struct rwlock *l)
{
	return list_is_empty(&l->readers) && list_is_empty(&l->writers) ? 0 : RWLOCK_WAITED;
}

/* ---- giving it back -------------------------------------------------------------------------- */

static void give_to(struct list_node *node)
{
	struct waiter *waiter = list_entry(node, struct waiter, node);

	list_remove(node);
	waiter->given = true;
	sched_wake(waiter->thread);
}

/* To those that sleep; nobody has the lock, or the caller. Locks: l->lock. */
static void hand_over(struct rwlock *l, bool to_readers)
{
	unsigned nr = 0;

	if (list_is_empty(to_readers ? &l->readers : &l->writers))
		to_readers = !to_readers;
	if (to_readers) {
		for (; nr < READERS_AT_ONCE && !list_is_empty(&l->readers); nr++)
			give_to(l->readers.next);
		/* To acquire: pairs with the spinlock that each of them takes, L4. */
		__atomic_store_n(&l->word, nr * RWLOCK_READER | waited(l), __ATOMIC_RELEASE);
	} else {
		struct waiter *waiter = list_entry(l->writers.next, struct waiter, node);
		struct thread *t = waiter->thread;
		u64 word = 0;

		if (waiter->lost) {
			give_to(&waiter->node);
			word = (u64)t | RWLOCK_WRITER;
		}
		__atomic_store_n(&l->word, word | waited(l), __ATOMIC_RELEASE); /* L1 */
		if (!word)
			sched_wake(t); /* L3 */
	}
}

void rwlock_read_unlock_slow(struct rwlock *l)
{
	irq_state_t state = spin_lock_irq_save(&l->lock);

	/* Otherwise somebody has taken it meanwhile, and gives it back. */
	if (__atomic_load_n(&l->word, __ATOMIC_RELAXED) == RWLOCK_WAITED)
		hand_over(l, false);
	spin_unlock_irq_restore(&l->lock, state);
}

void rwlock_write_unlock_slow(struct rwlock *l)
{
	irq_state_t state = spin_lock_irq_save(&l->lock);

	debug_assert(rwlock_is_mine(l));
	hand_over(l, true);
	spin_unlock_irq_restore(&l->lock, state);
}

/* ---- waiting for it -------------------------------------------------------------------------- */

/* Wait on this CPU as long as that makes sense. True: taken. */
static bool spin(struct rwlock *l, bool writes)
{
	for (;;) {
		u64 word = __atomic_load_n(&l->word, __ATOMIC_RELAXED);

		if (writes ? !word && rwlock_write_take(l) : rwlock_read_take(l))
			return true;
		if (!(word & RWLOCK_WRITER) || (word & RWLOCK_WAITED) ||
		    !sched_is_worth_spinning((struct thread *)(word & ~RWLOCK_WRITER)))
			return false;
		arch_cpu_relax();
	}
}

/* Take the lock, or mark it as waited for. True: taken. Locks: l->lock. */
static bool take_or_mark(struct rwlock *l, bool writes)
{
	u64 old = __atomic_load_n(&l->word, __ATOMIC_RELAXED), fresh;

	do {
		if (!(old & OWNERS)) /* L2, L3 */
			fresh = (writes ? rwlock_me() : RWLOCK_READER) | (old & RWLOCK_WAITED);
		else if (!writes && !(old & (RWLOCK_WRITER | RWLOCK_WAITED)))
			fresh = old + RWLOCK_READER;
		else
			fresh = old | RWLOCK_WAITED; /* L1 */
	} while (!__atomic_compare_exchange_n(&l->word, &old, fresh, false, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	return (old & OWNERS) != (fresh & OWNERS);
}

/* A writer that was woken. Locks: l->lock. */
static bool take_as_sleeper(struct rwlock *l, struct waiter *me)
{
	if (__atomic_load_n(&l->word, __ATOMIC_ACQUIRE) != RWLOCK_WAITED)
		return false;
	list_remove(&me->node);
	/* L2: nobody else changes the word now. */
	__atomic_store_n(&l->word, rwlock_me() | waited(l), __ATOMIC_RELAXED);
	return true;
}

static void lock_slow(struct rwlock *l, bool writes)
{
	struct waiter me = {.thread = current_thread()};
	bool done, woken = false;
	irq_state_t state;

	debug_assert(!rwlock_is_mine(l));
	if (spin(l, writes))
		return;
	state = spin_lock_irq_save(&l->lock);
	done = take_or_mark(l, writes);
	if (!done)
		list_add_last(writes ? &l->writers : &l->readers, &me.node);
	spin_unlock_irq_restore(&l->lock, state);
	while (!done) {
		sched_sleep_prepare(THREAD_UNINTERRUPTIBLE);
		state = spin_lock_irq_save(&l->lock);
		done = me.given || (writes && take_as_sleeper(l, &me)); /* L4 */
		me.lost = woken;
		spin_unlock_irq_restore(&l->lock, state);
		if (done)
			break;
		ignore_result(sched_sleep(DEADLINE_NEVER),
			      "deep sleep without a deadline ends only by a wake-up");
		woken = true;
	}
	sched_sleep_finish();
}

void rwlock_read_lock_slow(struct rwlock *l)
{
	lock_slow(l, false);
}

void rwlock_write_lock_slow(struct rwlock *l)
{
	lock_slow(l, true);
}
