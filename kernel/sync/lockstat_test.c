// SPDX-License-Identifier: MIT
/*
 * lockstat_test.c -- the counts of locks: what is taken free, what is waited for, on several CPUs,
 * and after a clearing. The cycles are the test's.
 */
#define LOCKSTAT 1
#include "unit_test.h"

#include "sched/mutex.h"
#include "sched/rwlock.h"
#include "sync/spin_trylock.h"

#include "sync/lockstat.c"
#include "sync/spinlock.c"

#include <threads.h>

/* Nobody waits for a sleeping lock here. */
void mutex_lock_slow(struct mutex *m)
{
	fail();
}

void mutex_unlock_slow(struct mutex *m)
{
	fail();
}

void rwlock_read_lock_slow(struct rwlock *l)
{
	fail();
}

void rwlock_read_unlock_slow(struct rwlock *l)
{
	fail();
}

void rwlock_write_lock_slow(struct rwlock *l)
{
	fail();
}

void rwlock_write_unlock_slow(struct rwlock *l)
{
	fail();
}

static struct lock_counts get(enum lock_class class)
{
	struct lock_counts counts;

	lockstat_get(class, &counts);
	return counts;
}

static void assert_counts(enum lock_class class, struct lock_counts expected)
{
	struct lock_counts counts = get(class);

	assert_memory_equal(&counts, &expected, sizeof(counts));
}

static int begin(void **unused)
{
	static char thread[64] __attribute__((aligned(64)));

	(void)unused;
	unit_current_cpu = 0;
	unit_current_thread = (struct thread *)thread;
	unit_cycles = 1000;
	lockstat_clear();
	return 0;
}

static void counts_locks_that_are_free(void **unused)
{
	struct spinlock spin = SPINLOCK_INIT(timer), other = SPINLOCK_INIT(timer);
	irq_state_t state;

	(void)unused;
	spin_lock(&spin);
	unit_cycles += 30;
	spin_unlock(&spin);
	state = spin_lock_irq_save(&spin);
	unit_cycles += 7;
	spin_unlock_irq_restore(&spin, state);
	assert_counts(LOCK_timer, (struct lock_counts){2, 0, 0, 0, 37, 30});
	spin_lock_pair(&spin, &other);
	unit_cycles += 10;
	spin_unlock_pair(&spin, &other);
	assert_counts(LOCK_timer, (struct lock_counts){4, 0, 0, 0, 57, 30});
	assert_counts(LOCK_leaf, (struct lock_counts){0});
}

static void counts_what_was_tried_and_taken(void **unused)
{
	struct spinlock spin = SPINLOCK_INIT(timer);

	(void)unused;
	assert_true(spin_trylock(&spin));
	unit_cycles += 8;
	assert_false(spin_trylock(&spin));
	assert_int_equal(preempt_count(), 1);
	spin_unlock(&spin);
	assert_int_equal(preempt_count(), 0);
	assert_counts(LOCK_timer, (struct lock_counts){1, 0, 0, 0, 8, 8});
	spin_lock(&spin); /* what was refused has drawn no ticket */
	spin_unlock(&spin);
}

static void counts_sleeping_locks_by_their_classes(void **unused)
{
	struct mutex mutex = {.class = LOCK_pipe};
	struct rwlock rwlock = {.class = LOCK_vm_map};

	(void)unused;
	mutex_lock(&mutex);
	unit_cycles += 5;
	assert_false(mutex_trylock(&mutex));
	mutex_unlock(&mutex);
	assert_true(mutex_trylock(&mutex));
	unit_cycles += 2;
	mutex_unlock(&mutex);
	assert_counts(LOCK_pipe, (struct lock_counts){2, 0, 0, 0, 7, 5});

	rwlock_read_lock(&rwlock);
	assert_true(rwlock_read_trylock(&rwlock));
	unit_cycles += 50;
	rwlock_read_unlock(&rwlock);
	rwlock_read_unlock(&rwlock);
	rwlock_write_lock(&rwlock);
	assert_false(rwlock_read_trylock(&rwlock));
	unit_cycles += 3;
	rwlock_write_unlock(&rwlock);
	assert_counts(LOCK_vm_map, (struct lock_counts){3, 0, 0, 0, 3, 3});
}

static struct spinlock contended = SPINLOCK_INIT(runqueue);

static int take_it(void *unused)
{
	(void)unused;
	spin_lock_raw(&contended);
	return 0;
}

static void a_wait_is_as_long_as_the_lock_was_held(void **unused)
{
	thrd_t waiter;

	(void)unused;
	preempt_disable();
	spin_lock_raw(&contended);
	assert_int_equal(thrd_create(&waiter, take_it, NULL), thrd_success);
	while (__atomic_load_n(&contended.tickets, __ATOMIC_ACQUIRE) != 2 * SPINLOCK_TICKET)
		;
	unit_cycles += 400;
	spin_unlock_raw(&contended);
	assert_int_equal(thrd_join(waiter, NULL), thrd_success);
	assert_counts(LOCK_runqueue, (struct lock_counts){2, 1, 400, 400, 400, 400});
	unit_cycles += 9;
	spin_unlock_raw(&contended);
	preempt_enable();
	assert_counts(LOCK_runqueue, (struct lock_counts){2, 1, 400, 400, 409, 400});
}

static void sums_up_all_cpus(void **unused)
{
	(void)unused;
	for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++) {
		unit_current_cpu = cpu;
		unit_cycles = 1000 + cpu;
		assert_int_equal(lockstat_count_acquired(LOCK_slab, 1000, true), 1000 + cpu);
		lockstat_count_released(LOCK_slab, 990);
	}
	assert_counts(LOCK_slab,
		      (struct lock_counts){CPUS_MAX, CPUS_MAX, CPUS_MAX * (CPUS_MAX - 1) / 2,
					   CPUS_MAX - 1, CPUS_MAX * (CPUS_MAX + 19) / 2,
					   CPUS_MAX + 9});
}

/* The counter of another CPU was ahead: no wait of nearly 2^64 cycles. */
static void a_time_is_never_below_zero(void **unused)
{
	(void)unused;
	assert_int_equal(lockstat_count_acquired(LOCK_slab, unit_cycles + 1, true), unit_cycles);
	lockstat_count_released(LOCK_slab, unit_cycles + 1);
	assert_counts(LOCK_slab, (struct lock_counts){1, 1, 0, 0, 0, 0});
}

static void a_clearing_clears_all_cpus(void **unused)
{
	(void)unused;
	for (unsigned cpu = 0; cpu < 2; cpu++) {
		unit_current_cpu = cpu;
		lockstat_count_acquired(LOCK_slab, unit_cycles - 8, true);
		lockstat_count_acquired(LOCK_leaf, unit_cycles, false);
	}
	lockstat_clear();
	assert_counts(LOCK_slab, (struct lock_counts){0});
	lockstat_count_acquired(LOCK_slab, unit_cycles - 2, true);
	/* CPU 1 counts again, CPU 0 does not yet. */
	assert_counts(LOCK_slab, (struct lock_counts){1, 1, 2, 2, 0, 0});
	assert_counts(LOCK_leaf, (struct lock_counts){0});
}

UNIT_MAIN(cmocka_unit_test_setup(counts_locks_that_are_free, begin),
	  cmocka_unit_test_setup(counts_what_was_tried_and_taken, begin),
	  cmocka_unit_test_setup(counts_sleeping_locks_by_their_classes, begin),
	  cmocka_unit_test_setup(a_wait_is_as_long_as_the_lock_was_held, begin),
	  cmocka_unit_test_setup(sums_up_all_cpus, begin),
	  cmocka_unit_test_setup(a_time_is_never_below_zero, begin),
	  cmocka_unit_test_setup(a_clearing_clears_all_cpus, begin))
