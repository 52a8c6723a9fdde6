// SPDX-License-Identifier: MIT
/* Who comes first runs to its end. */
#include "unit_sched.h"
#include "unit_test.h"

#include <linux/sched.h>

static int setup(void **state)
{
	sim_start("fifo");
	return 0;
}

/* The first example of OSTEP's chapter on scheduling: three jobs, of which one is long. */
static void short_jobs_wait_behind_a_long_one(void **state)
{
	u64 start = unit_cycles;
	struct task *a = job(100 * SECOND), *b = job(10 * SECOND), *c = job(10 * SECOND);

	run_for(130 * SECOND);
	assert_int_equal(a->ended_at - start, 100 * SECOND);
	assert_int_equal(b->ended_at - start, 110 * SECOND);
	assert_int_equal(c->ended_at - start, 120 * SECOND); /* 110 seconds on average */
	assert_int_equal(a->nr_turns + b->nr_turns + c->nr_turns, 3);
}

static void who_wakes_or_yields_goes_to_the_end(void **state)
{
	struct task *a = sleeper(1, 5 * MS, 3 * MS), *b = sleeper(1, 7 * MS, MS);
	struct task *yields = task_new(1, 11 * MS, 0);

	yields->yields = true;
	task_start(yields);
	run_for(23 * MS * 100);
	assert_int_equal(a->nr_rounds, 100);
	assert_int_equal(b->nr_rounds, 100);
	assert_int_equal(yields->nr_rounds, 100);
}

static void a_thread_that_never_waits_starves_the_others(void **state)
{
	struct task *first = hog(1), *second = hog(1);

	run_for(60 * SECOND);
	assert_int_equal(first->got, 60 * SECOND);
	assert_int_equal(second->got, 0);
}

static void a_real_time_thread_takes_nobodys_place(void **state)
{
	struct task *urgent = task_start(realtime_new(SCHED_FIFO, 5, MS, 9 * MS));
	struct task *first = job(SECOND), *second = job(SECOND);

	run_for(3 * SECOND);
	assert_int_equal(urgent->longest_wait, 0);
	assert_in_range(first->ended_at, 1, second->ended_at - SECOND);
}

UNIT_MAIN(cmocka_unit_test_setup(short_jobs_wait_behind_a_long_one, setup),
	  cmocka_unit_test_setup(who_wakes_or_yields_goes_to_the_end, setup),
	  cmocka_unit_test_setup(a_thread_that_never_waits_starves_the_others, setup),
	  cmocka_unit_test_setup(a_real_time_thread_takes_nobodys_place, setup))
