// SPDX-License-Identifier: MIT
/* Shares by weight, bounded waits, and no way to more than a share. */
#include "unit_sched.h"
#include "unit_test.h"

#include <linux/sched.h>

#define POLICY "fair,latency=20ms,slice=4ms"

static int setup(void **state)
{
	sim_start(POLICY);
	return 0;
}

static void shares_are_as_the_weights(void **state)
{
	assert_shares_are_as_the_weights(POLICY);
}

static void each_of_many_waits_for_a_round_at_most(void **state)
{
	for (unsigned i = 0; i < 20; i++)
		hog(1);
	run_for(SECOND); /* what the first asked for when it was alone is over */
	measure_from_now();
	run_for(20 * SECOND);
	for (unsigned i = 0; i < 20; i++) {
		assert_in_range(tasks[i].longest_wait, 0, 21 * TICK); /* a turn lasts a tick */
		assert_in_range(tasks[i].got, SECOND - 2 * TICK, SECOND + 2 * TICK);
	}
}

static void with_threads_of_all_weights_shares_are_right(void **state)
{
	u64 sum = 0;

	for (int nice = -20; nice < 20; nice++)
		sched_set_nice(&hog(1)->thread, nice);
	run_for(300 * SECOND);
	assert_percent(tasks[0].got, 300 * SECOND, 20, 1); /* 88761 of 443,000 */
	for (unsigned i = 0; i < 40; i++) {
		assert_true(tasks[i].got);
		assert_true(i == 0 || tasks[i].got < tasks[i - 1].got + TICK);
		sum += tasks[i].got;
	}
	assert_int_equal(sum, 300 * SECOND);
}

static void a_rest_is_worth_a_slice_at_most(void **state)
{
	struct task *steady = hog(1), *late = sleeper(1, MS, 20 * SECOND);

	run_for(20 * SECOND);
	late->work_left = FOREVER;
	measure_from_now();
	run_for(SECOND);
	assert_percent(steady->got, SECOND, 50, 3);
	assert_percent(late->got, SECOND, 50, 3);
}

/* It leaves with a debt, and comes back with it: so it pauses as long as it is ahead. */
static void a_short_sleep_does_not_pay_a_debt(void **state)
{
	struct task *cheat = sleeper(1, 2 * TICK - MS, MS / 100), *honest = hog(1);

	run_for(SECOND);
	measure_from_now();
	run_for(20 * SECOND);
	assert_in_range(honest->got, 20 * SECOND * 48 / 100, 20 * SECOND);
	assert_in_range(cheat->got, 0, 20 * SECOND * 52 / 100);
}

/* Turns end at ticks: what is asked for is a hundredth of that, and what is owed is all of it. */
static void a_short_sleep_does_not_pay_a_debt_with_short_slices(void **state)
{
	struct task *cheat;

	sim_start("fair,latency=1ms,slice=100us");
	for (unsigned i = 0; i < 13; i++)
		hog(1);
	run_for(SECOND);
	cheat = sleeper(1, TICK - MS / 20, MS / 100);
	run_for(2 * SECOND);
	measure_from_now();
	run_for(20 * SECOND);
	assert_percent(cheat->got, 20 * SECOND, 7, 1);
}

static void who_needs_little_gets_it_soon(void **state)
{
	struct task *task;

	for (unsigned i = 0; i < 5; i++)
		hog(1);
	task = sleeper(1, MS, 50 * MS + 7);
	run_for(SECOND);
	measure_from_now();
	run_for(20 * SECOND);
	assert_in_range(task->longest_wait, 0, 3 * TICK);
}

static void who_yields_forgoes_its_slice(void **state)
{
	struct task *first = task_new(1, MS / 10, 0), *second = task_new(1, MS / 10, 0);

	first->yields = second->yields = true;
	task_start(first);
	task_start(second);
	run_for(SECOND);
	assert_in_range(first->nr_rounds, 4900, 5100);
	hog(1);
	measure_from_now();
	run_for(10 * SECOND);
	assert_in_range(first->nr_rounds, 300, 2000);
	assert_in_range(tasks[2].got, 9 * SECOND, 10 * SECOND);
}

static void nothing_is_gained_by_children(void **state)
{
	assert_nothing_is_gained_by_children(POLICY);
}

static void nothing_is_gained_by_rows_of_children(void **state)
{
	assert_nothing_is_gained_by_rows_of_children(POLICY);
}

/* As who is ahead is not eligible, a heavy thread runs between the light ones, not before them. */
static void a_heavy_thread_does_not_wait_for_all_light_ones(void **state)
{
	struct task *heavy = hog(1);

	sched_set_nice(&heavy->thread, -10); /* 9548: about as nine others */
	for (unsigned i = 0; i < 9; i++)
		hog(1);
	run_for(SECOND);
	measure_from_now();
	run_for(20 * SECOND);
	assert_percent(heavy->got, 20 * SECOND, 51, 1);
	assert_in_range(heavy->longest_wait, TICK, 6 * TICK);
}

static void a_thread_does_not_wait_on_a_cpu_that_is_new_to_it(void **state)
{
	assert_another_cpu_is_new(POLICY, &policy_fair);
}

/* It begins at the average: else what the others have had in their lives would come first. */
static void who_comes_from_another_class_while_it_runs_has_its_share(void **state)
{
	struct task *comes = hog(1), *stays = hog(1);

	run_for(100 * SECOND);
	assert_int_equal(sched_set_policy(&comes->thread, SCHED_FIFO, 10, true), 0);
	end_of_interrupt();
	run_for(SECOND / 2);
	assert_ptr_equal(current_thread(), &comes->thread);
	assert_int_equal(sched_set_policy(&comes->thread, SCHED_NORMAL, 0, true), 0);
	sleeper(1, MS, 50 * MS); /* one that is new meanwhile */
	measure_from_now();
	run_for(10 * SECOND);
	assert_percent(comes->got, 10 * SECOND, 49, 1);
	assert_percent(stays->got, 10 * SECOND, 49, 1);
}

static void the_idle_class_weighs_least(void **state)
{
	assert_idle_class_weighs_least(POLICY);
}

/* A heavy thread of this SCHED_* that often wakes, beside one that never waits. */
static struct task *heavy_sleeper(u32 linux_policy)
{
	struct task *heavy;

	setup(NULL);
	hog(1);
	heavy = task_new(1, MS, 30 * MS + 3);
	assert_int_equal(sched_set_policy(&heavy->thread, linux_policy, 0, true), 0);
	sched_set_nice(&heavy->thread, -10);
	task_start(heavy);
	run_for(SECOND);
	measure_from_now();
	run_for(10 * SECOND);
	assert_in_range(heavy->longest_wait, 0, TICK);
	return heavy;
}

static void a_woken_thread_with_an_earlier_deadline_takes_the_cpu(void **state)
{
	struct task *heavy = heavy_sleeper(SCHED_NORMAL);

	assert_in_range(heavy->nr_quick, heavy->nr_rounds / 2, heavy->nr_turns);
}

static void a_woken_thread_of_the_batch_class_waits_for_the_tick(void **state)
{
	struct task *heavy = heavy_sleeper(SCHED_BATCH);

	assert_in_range(heavy->nr_quick, 0, heavy->nr_rounds / 4);
}

/* What the longest tick and the least weight do to the numbers. */
static void long_times_and_extreme_weights_do_no_harm(void **state)
{
	struct task *idle = hog(1), *normal;

	assert_int_equal(sched_set_policy(&idle->thread, SCHED_IDLE, 0, true), 0);
	run_for(3600 * SECOND);
	for (unsigned i = 0; i < 10; i++)
		sched_set_nice(&hog(1)->thread, -20);
	normal = hog(1);
	run_for(SECOND);
	measure_from_now();
	run_for(6000 * SECOND);
	assert_in_range(tasks[1].got, 598 * SECOND, 600 * SECOND);
	assert_in_range(normal->got, 6 * SECOND, 8 * SECOND); /* 1024 of 888637 */
	assert_true(idle->got);
	assert_int_equal(got_by_all(), 6000 * SECOND);
}

static void a_debt_is_cpu_time_whatever_the_weight(void **state)
{
	assert_a_debt_is_cpu_time(POLICY);
}

/* While it has the CPU, and while it sleeps. */
static void a_new_weight_of_one_that_is_not_queued_counts_from_then_on(void **state)
{
	struct task *changes = sleeper(1, 15 * MS, 2 * MS), *steady = hog(1);

	for (unsigned i = 0; i < 200; i++) {
		run_for(7 * MS);
		assert_int_equal(sched_set_nice(&changes->thread, i % 2 ? 19 : -20), 0);
		end_of_interrupt();
	}
	assert_int_equal(sched_set_nice(&changes->thread, 0), 0);
	measure_from_now();
	run_for(10 * SECOND);
	assert_percent(steady->got, 10 * SECOND, 53, 4);
	assert_percent(changes->got, 10 * SECOND, 47, 4);
}

/* Each was at 341 s of virtual time, one at 0: as many cycles times 88761 are more than 2^63. */
static void many_threads_that_come_to_weigh_much_do_no_harm(void **state)
{
	sim_start("fair,latency=1s,slice=1s");
	for (unsigned i = 0; i < NR_TASKS; i++) {
		struct task *task = task_new(1, FOREVER, 0);

		assert_int_equal(sched_set_policy(&task->thread, SCHED_IDLE, 0, true), 0);
		task_start(task);
	}
	run_for((NR_TASKS - 1) * SECOND);
	for (unsigned i = 0; i < NR_TASKS; i++) {
		struct task *task = &tasks[i];

		if (!task->got)
			continue;
		assert_int_equal(sched_set_policy(&task->thread, SCHED_NORMAL, 0, true), 0);
		assert_int_equal(sched_set_nice(&task->thread, -20), 0);
		end_of_interrupt();
	}
	measure_from_now();
	run_for(4 * NR_TASKS * SECOND);
	for (unsigned i = 1; i < NR_TASKS - 1; i++)
		assert_in_range(tasks[i].got, 2 * SECOND, 6 * SECOND);
}

static void nobody_starves_in_any_mixture(void **state)
{
	assert_nobody_starves(POLICY, 100);
}

UNIT_MAIN(cmocka_unit_test_setup(shares_are_as_the_weights, setup),
	  cmocka_unit_test_setup(each_of_many_waits_for_a_round_at_most, setup),
	  cmocka_unit_test_setup(with_threads_of_all_weights_shares_are_right, setup),
	  cmocka_unit_test_setup(a_rest_is_worth_a_slice_at_most, setup),
	  cmocka_unit_test_setup(a_short_sleep_does_not_pay_a_debt, setup),
	  cmocka_unit_test_setup(a_short_sleep_does_not_pay_a_debt_with_short_slices, setup),
	  cmocka_unit_test_setup(who_needs_little_gets_it_soon, setup),
	  cmocka_unit_test_setup(who_yields_forgoes_its_slice, setup),
	  cmocka_unit_test_setup(nothing_is_gained_by_children, setup),
	  cmocka_unit_test_setup(nothing_is_gained_by_rows_of_children, setup),
	  cmocka_unit_test_setup(a_heavy_thread_does_not_wait_for_all_light_ones, setup),
	  cmocka_unit_test_setup(a_thread_does_not_wait_on_a_cpu_that_is_new_to_it, setup),
	  cmocka_unit_test_setup(who_comes_from_another_class_while_it_runs_has_its_share, setup),
	  cmocka_unit_test_setup(the_idle_class_weighs_least, setup),
	  cmocka_unit_test_setup(a_woken_thread_with_an_earlier_deadline_takes_the_cpu, setup),
	  cmocka_unit_test_setup(a_woken_thread_of_the_batch_class_waits_for_the_tick, setup),
	  cmocka_unit_test_setup(long_times_and_extreme_weights_do_no_harm, setup),
	  cmocka_unit_test_setup(a_debt_is_cpu_time_whatever_the_weight, setup),
	  cmocka_unit_test_setup(a_new_weight_of_one_that_is_not_queued_counts_from_then_on, setup),
	  cmocka_unit_test_setup(many_threads_that_come_to_weigh_much_do_no_harm, setup),
	  cmocka_unit_test_setup(nobody_starves_in_any_mixture, setup))
