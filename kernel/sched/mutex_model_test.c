// SPDX-License-Identifier: MIT
/*
 * mutex_model_test.c -- mutexes, in every order of the steps of two CPUs, and those orders of three
 * where one is interrupted up to twice (tests/unit/sched_model.h).
 */
#include "unit_test.h"

#include "sched_model.h"

#include "sched/mutex.c"

static struct mutex mutex;

static void reset_more(void)
{
	mutex_init(&mutex, leaf);
}

static u64 hash_more(u64 h)
{
	return hash_list(h, &mutex.waiters.entries);
}

static void a_mutex_admits_one_run(unsigned cpu)
{
	mutex_lock(&mutex);
	interleave_check(inside == 0);
	inside = 1;
	results[cpu] = 1;
	WRITE_ONCE(flag, cpu);
	interleave_check(READ_ONCE(flag) == cpu);
	inside = 0;
	mutex_unlock(&mutex);
}

static void a_mutex_admits_one_check(void)
{
	interleave_check(results[0] && results[1] && ((u64)mutex.owner & ~1UL) == 0);
	interleave_check(list_is_empty(&mutex.waiters.entries));
}
RUN(2, a_mutex_admits_one)

static void three_for_a_mutex_run(unsigned cpu)
{
	a_mutex_admits_one_run(cpu);
}
#define three_for_a_mutex_check a_mutex_admits_one_check
RUN(3, three_for_a_mutex)

/* ---- waiters that stay on their CPU while the owner runs ------------------------------------- */

#define two_spin_run a_mutex_admits_one_run

/* Each owner runs until it unlocks, so nobody has a reason to sleep. */
static void two_spin_check(void)
{
	a_mutex_admits_one_check();
	interleave_check(!runqueue_of(0)->nr_switches && !runqueue_of(1)->nr_switches);
}
RUN_SEEING(2, 2, two_spin)

#define three_spin_run a_mutex_admits_one_run
static void three_spin_check(void)
{
	two_spin_check();
	interleave_check(results[2] && !runqueue_of(2)->nr_switches);
}
RUN_SEEING(3, 3, three_spin)

/* An owner that sleeps is not waited for on the CPU, and wakes who sleeps. */
static void an_owner_may_sleep_run(unsigned cpu)
{
	if (cpu == 2) {
		WRITE_ONCE(flag, 1);
		waitq_wake_all(&queue);
		return;
	}
	mutex_lock(&mutex);
	interleave_check(inside == 0);
	inside = 1;
	WAIT_EVENT_UNINTERRUPTIBLE(&queue, READ_ONCE(flag));
	results[cpu] = 1;
	inside = 0;
	mutex_unlock(&mutex);
}
#define an_owner_may_sleep_check a_mutex_admits_one_check
RUN_SEEING(2, 3, an_owner_may_sleep)

/* U2, and a CPU that another thread is to have; both would wait here for ever. */
static void a_waiter_has_reasons_to_sleep(void **state)
{
	reset();
	nr_cpus_up = 2;
	unit_current_cpu = 0;
	unit_current_thread = &threads[0];
	unit_need_resched = false;
	mutex.owner = (struct thread *)((u64)&threads[1] | WAITERS);
	assert_false(spin(&mutex));
	mutex.owner = &threads[1];
	unit_need_resched = true;
	assert_false(spin(&mutex));
	unit_need_resched = false;
	runqueue_of(1)->current = &idles[1];
	assert_false(spin(&mutex));
	mutex.owner = NULL;
	assert_true(spin(&mutex) && mutex_is_mine(&mutex));
}

UNIT_MAIN(cmocka_unit_test(a_mutex_admits_one), cmocka_unit_test(three_for_a_mutex),
	  cmocka_unit_test(two_spin), cmocka_unit_test(three_spin),
	  cmocka_unit_test(an_owner_may_sleep), cmocka_unit_test(a_waiter_has_reasons_to_sleep))
