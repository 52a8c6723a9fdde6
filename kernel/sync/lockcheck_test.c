// SPDX-License-Identifier: MIT
/*
 * lockcheck_test.c -- the checker of the lock rules: what is right passes, what is wrong panics.
 *
 * Idea. Each pair of classes of the table is taken one in the other, in each context, and the rule
 *   of lock_order.h says which of these must panic. Then the rules about owners, and sleeping. A
 *   random walk takes and releases locks of two threads on two CPUs beside a plain list of them.
 *   Where a thread may move, this_cpu() panics.
 */
#define LOCKCHECK 1
#include "unit_test.h"

#include "sched/thread.h"

#include "sync/lockcheck.c"

/* The table once more, as the test reads it. */
#define ROW(rank_, name_, kind, context, what)                                                     \
	{.rank = rank_, .sleeps = #kind[1] == 'L', .in_irq = #context[0] == 'I'},
static const struct row {
	unsigned rank;
	bool sleeps, in_irq;
} rows[] = {LOCK_CLASS_TABLE(ROW)};

#define NR_THREADS 2

static struct thread threads[NR_THREADS];
static char places[128]; /* their addresses are locks */

bool panic_in_progress(void)
{
	return false;
}

void log_raw(const char *fmt, ...)
{
}

/* Nothing held; thread @i on CPU @i. */
static void begin(unsigned i)
{
	memset(cpu_held, 0, sizeof(cpu_held));
	memset(threads, 0, sizeof(threads));
	unit_current_cpu = i;
	unit_current_thread = &threads[i];
	unit_irqs_off = false;
	unit_preempt_count = 0;
}

static void begin_interrupt(void)
{
	unit_preempt_count = PREEMPT_IRQ_UNIT;
	unit_irqs_off = true;
}

static void take(const void *lock, unsigned kind, bool paired)
{
	unit_irqs_off = rows[kind].in_irq || in_interrupt();
	lockcheck_acquire(lock, kind, paired);
}

static __noinline bool take_panics(const void *lock, unsigned kind, bool paired)
{
	volatile bool panics = true;
	jmp_buf jump;

	unit_panic_jump = &jump;
	if (!setjmp(jump)) {
		take(lock, kind, paired);
		panics = false;
	}
	unit_panic_jump = NULL;
	return panics;
}

static void a_lock_is_taken_in_its_context(void **state)
{
	for (unsigned kind = 0; kind < LOCK_NR_CLASSES; kind++) {
		begin(0);
		assert_false(take_panics(places, kind, false));
		lockcheck_release(places, kind);
		begin_interrupt();
		assert_int_equal(take_panics(places, kind, false), !rows[kind].in_irq);
	}
	begin(0);
	assert_panics(lockcheck_acquire(places, LOCK_waitq, false)); /* with interrupts on */
}

static void ranks_rise(void **state)
{
	for (unsigned a = 0; a < LOCK_NR_CLASSES; a++) {
		for (unsigned b = 0; b < LOCK_NR_CLASSES; b++) {
			for (unsigned paired = 0; paired < 2; paired++) {
				bool right = rows[a].rank < rows[b].rank ||
					     (rows[a].rank == rows[b].rank && paired);

				begin(0);
				take(&places[0], a, false);
				assert_int_equal(take_panics(&places[1], b, paired), !right);
				assert_true(take_panics(&places[0], a, true)); /* twice the same */
			}
		}
	}
}

static void no_more_locks_than_can_be_right(void **state)
{
	unsigned rank = 0, nr = 0;

	begin(0);
	for (unsigned kind = 0; kind < LOCK_NR_CLASSES; kind++) {
		if (rows[kind].sleeps || rows[kind].rank <= rank)
			continue;
		rank = rows[kind].rank;
		assert_int_equal(take_panics(&places[nr], kind, false),
				 nr >= ARRAY_SIZE(cpu_held[0].locks));
		nr++;
	}
	assert_true(nr > ARRAY_SIZE(cpu_held[0].locks));
}

/* What the interrupted thread holds does not matter, unless interrupts take it as well. */
static void an_interrupt_has_its_own_order(void **state)
{
	for (unsigned a = 0; a < LOCK_NR_CLASSES; a++) {
		for (unsigned b = 0; b < LOCK_NR_CLASSES; b++) {
			if (!rows[b].in_irq)
				continue;
			begin(0);
			take(&places[0], a, false);
			begin_interrupt();
			assert_int_equal(take_panics(&places[1], b, false),
					 rows[a].in_irq && rows[a].rank >= rows[b].rank);
		}
	}
}

/* A spinlock is its CPU's, a mutex its thread's. */
static void only_the_owner_releases(void **state)
{
	begin(0);
	take(&places[0], LOCK_inode, false);
	take(&places[1], LOCK_leaf, false);
	lockcheck_assert_held(&places[0]);
	lockcheck_assert_held(&places[1]);
	assert_panics(lockcheck_assert_held(&places[2]));
	assert_panics(lockcheck_release(&places[2], LOCK_leaf));
	assert_panics(lockcheck_assert_none_held("this test"));
	unit_current_cpu = 1;
	lockcheck_assert_held(&places[0]);
	assert_panics(lockcheck_assert_held(&places[1]));
	assert_panics(lockcheck_release(&places[1], LOCK_leaf));
	unit_current_thread = &threads[1];
	lockcheck_assert_none_held("this test");
	assert_panics(lockcheck_release(&places[0], LOCK_inode));
	unit_current_cpu = 0;
	unit_current_thread = &threads[0];
	lockcheck_release(&places[0], LOCK_inode); /* in any order */
	lockcheck_release(&places[1], LOCK_leaf);
	lockcheck_assert_none_held("this test");
	assert_panics(lockcheck_release(&places[1], LOCK_leaf));
}

static void no_sleep_without_preemption_and_interrupts(void **state)
{
	begin(0);
	lockcheck_might_sleep(__FILE__, __LINE__);
	take(&places[0], LOCK_inode, false);
	lockcheck_might_sleep(__FILE__, __LINE__); /* a mutex may be held */
	unit_preempt_count = 1;
	assert_panics(lockcheck_might_sleep(__FILE__, __LINE__));
	unit_irqs_off = true;
	assert_panics(lockcheck_might_sleep(__FILE__, __LINE__));
}

/* Rising ranks up to the limit, released in any order, by two threads in turn. */
static void the_lists_are_what_was_taken(void **state)
{
	u64 random = 8;
	unsigned held[NR_THREADS][LOCK_NR_CLASSES] = {{0}};

	begin(0);
	for (unsigned i = 0; i < 20000; i++) {
		unsigned me = (unsigned)(unit_random(&random) % NR_THREADS), highest = 0, nr = 0;
		unsigned kind = (unsigned)(unit_random(&random) % LOCK_NR_CLASSES);
		const char *lock = &places[me * 64] + kind;

		unit_current_cpu = me;
		unit_current_thread = &threads[me];
		for (unsigned c = 0; c < LOCK_NR_CLASSES; c++)
			if (held[me][c]) {
				highest = max(highest, rows[c].rank);
				nr += rows[c].sleeps == rows[kind].sleeps;
				lockcheck_assert_held(&places[me * 64] + c);
			}
		if (held[me][kind]) {
			lockcheck_release(lock, kind);
			held[me][kind] = 0;
		} else if (rows[kind].rank > highest && nr < ARRAY_SIZE(cpu_held[0].locks)) {
			take(lock, kind, false);
			held[me][kind] = 1;
		} else {
			assert_true(take_panics(lock, kind, false));
		}
	}
}

UNIT_MAIN(cmocka_unit_test(a_lock_is_taken_in_its_context), cmocka_unit_test(ranks_rise),
	  cmocka_unit_test(no_more_locks_than_can_be_right),
	  cmocka_unit_test(an_interrupt_has_its_own_order),
	  cmocka_unit_test(only_the_owner_releases),
	  cmocka_unit_test(no_sleep_without_preemption_and_interrupts),
	  cmocka_unit_test(the_lists_are_what_was_taken))
