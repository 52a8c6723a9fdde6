// SPDX-License-Identifier: MIT
/* Shares are right on average; the same seed draws the same lots. */
#include "unit_sched.h"
#include "unit_test.h"

#include <linux/sched.h>

#define POLICY "lottery,quantum=10ms,tickets=1024,seed=1"

static int setup(void **state)
{
	sim_start(POLICY);
	return 0;
}

static void shares_are_as_the_tickets_on_average(void **state)
{
	assert_in_range(share_of_nice(POLICY, 0, 1000 * SECOND), 490, 510);
	assert_in_range(share_of_nice(POLICY, 5, 1000 * SECOND), 237, 256); /* 335 of 1359 */
	assert_in_range(share_of_nice(POLICY, -5, 1000 * SECOND), 744, 763);
	assert_in_range(share_of_nice(POLICY, 19, 1000 * SECOND), 11, 18); /* 15 of 1039 */
}

static void each_of_many_gets_its_share(void **state)
{
	for (unsigned i = 0; i < NR_TASKS; i++)
		hog(1);
	run_for(NR_TASKS * 10 * SECOND);
	for (unsigned i = 0; i < NR_TASKS; i++) {
		assert_in_range(tasks[i].got, 9 * SECOND, 11 * SECOND);
		assert_in_range(tasks[i].longest_wait, 0, NR_TASKS * TURN * 20);
	}
	assert_int_equal(got_by_all(), NR_TASKS * 10 * SECOND);
}

/* What the first of ten got after a hundred draws. */
static u64 first_of_ten(const char *policy)
{
	sim_start(policy);
	for (unsigned i = 0; i < 10; i++)
		hog(1);
	run_for(100 * TURN);
	return tasks[0].got;
}

static void a_seed_is_a_sequence(void **state)
{
	unsigned nr_other = 0;
	char text[32];

	for (unsigned seed = 0; seed < 20; seed++) {
		u64 got;

		snprintf(text, sizeof(text), "lottery,seed=%u", seed);
		got = first_of_ten(text);
		assert_int_equal(first_of_ten(text), got);
		nr_other += got != first_of_ten("lottery,seed=100");
	}
	assert_in_range(nr_other, 10, 20);
}

/* With few tickets all hold at least one. */
static void everybody_holds_a_ticket(void **state)
{
	struct task *idle = task_new(1, FOREVER, 0);

	sim_start("lottery,tickets=10");
	idle = task_new(1, FOREVER, 0);
	assert_int_equal(sched_set_policy(&idle->thread, SCHED_IDLE, 0, true), 0);
	task_start(idle);
	hog(1);
	run_for(1000 * SECOND);
	assert_percent(idle->got, 1000 * SECOND, 9, 1); /* one of 11 */
}

static void who_waits_is_not_drawn(void **state)
{
	struct task *steady = hog(1), *short_one = sleeper(1, MS, 100 * MS);

	run_for(100 * SECOND);
	assert_percent(steady->got, 100 * SECOND, 99, 1);
	assert_in_range(short_one->nr_rounds, 500, 1000);
	sched_set_nice(&steady->thread, 19);
	for (unsigned i = 0; i < 20; i++) { /* leaves the queue at any place */
		sched_set_nice(&hog(1)->thread, (int)i);
		run_for(TURN);
		sched_set_nice(&tasks[i / 2].thread, (int)(19 - i));
	}
	measure_from_now();
	run_for(10 * SECOND);
	assert_int_equal(got_by_all(), 10 * SECOND);
}

UNIT_MAIN(cmocka_unit_test_setup(shares_are_as_the_tickets_on_average, setup),
	  cmocka_unit_test_setup(each_of_many_gets_its_share, setup),
	  cmocka_unit_test_setup(a_seed_is_a_sequence, setup),
	  cmocka_unit_test_setup(everybody_holds_a_ticket, setup),
	  cmocka_unit_test_setup(who_waits_is_not_drawn, setup))
