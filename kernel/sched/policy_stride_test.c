// SPDX-License-Identifier: MIT
/* Shares are exact, whatever threads do. */
#include "unit_sched.h"
#include "unit_test.h"

#include "sched/sched_weight.h"

#include <linux/sched.h>

#define POLICY "stride,quantum=10ms"

static int setup(void **state)
{
	sim_start(POLICY);
	return 0;
}

static void shares_are_as_the_weights(void **state)
{
	assert_shares_are_as_the_weights(POLICY);
}

/* OSTEP 9.7: A has 100 tickets, B 50 and C 250; after a round they have run 2, 1 and 5 times. */
static void a_round_is_exact(void **state)
{
	struct task *a = hog(1), *b = hog(1), *c = hog(1);

	sched_set_nice(&a->thread, 0);	/* 1024 */
	sched_set_nice(&b->thread, 3);	/* 526 */
	sched_set_nice(&c->thread, -4); /* 2501 */
	run_for(8 * TURN * 100);
	assert_percent(a->got, 800 * TURN, 25, 1);
	assert_percent(b->got, 800 * TURN, 13, 1);
	assert_percent(c->got, 800 * TURN, 62, 1);
}

static void nobody_waits_for_more_than_a_round(void **state)
{
	for (unsigned i = 0; i < 20; i++)
		hog(1);
	run_for(20 * SECOND);
	for (unsigned i = 0; i < 20; i++) {
		assert_in_range(tasks[i].longest_wait, 0, 20 * TURN + TICK);
		assert_in_range(tasks[i].got, SECOND - 2 * TURN, SECOND + 2 * TURN);
	}
}

static void a_rest_is_not_saved_up(void **state)
{
	assert_a_rest_is_not_saved_up(POLICY, 1, 2);
}

static void short_bursts_are_paid_for_as_they_are(void **state)
{
	struct task *steady = hog(1), *short_one = sleeper(1, MS, MS / 10);

	run_for(20 * SECOND);
	/* It waits a quantum or two for each, as the ticks come, and then has a millisecond. */
	assert_percent(short_one->got, 20 * SECOND, 7, 3);
	assert_in_range(short_one->longest_wait, 0, TURN + TICK);
	assert_true(steady->got);
}

static void who_yields_pays_for_its_quantum(void **state)
{
	struct task *yields = task_new(1, MS / 10, 0), *steady = hog(1);

	yields->yields = true;
	task_start(yields);
	run_for(10 * SECOND);
	assert_in_range(yields->nr_rounds, 950, 1010); /* one after each quantum of the other */
	assert_percent(steady->got, 10 * SECOND, 99, 1);
}

static void nothing_is_gained_by_children(void **state)
{
	assert_nothing_is_gained_by_children(POLICY);
}

static void nothing_is_gained_by_rows_of_children(void **state)
{
	assert_nothing_is_gained_by_rows_of_children(POLICY);
	assert_nothing_is_gained_by_rows_of_children("stride,quantum=100us");
}

/* A turn on each of two CPUs, on which others wait, of whom some have gone on. */
static void nothing_is_gained_by_going_from_one_cpu_to_another(void **state)
{
	struct runqueue *cpus[] = {runqueue_of(0), runqueue_of(1)};
	struct thread *moves = &task_new(1, FOREVER, 0)->thread;
	unsigned nr_turns = 0;

	cpus[1]->cpu = 1;
	policy_stride.init_cpu(cpus[1]);
	for (unsigned i = 0; i < 20; i++) {
		struct runqueue *rq = cpus[i % 2];
		struct thread *t;

		policy_stride.enqueue(rq, &task_new(1, FOREVER, 0)->thread, SCHED_NEW);
		t = policy_stride.pick(rq);
		policy_stride.charge(rq, t, i * MS / 2);
		policy_stride.enqueue(rq, t, SCHED_PREEMPTED);
	}
	policy_stride.enqueue(cpus[0], moves, SCHED_NEW);
	for (unsigned i = 0; i < 1000; i++) {
		struct runqueue *rq = cpus[i % 2];
		struct thread *t = policy_stride.pick(rq);

		policy_stride.charge(rq, t, TURN);
		nr_turns += t == moves;
		policy_stride.enqueue(t == moves ? cpus[!(i % 2)] : rq, t, SCHED_PREEMPTED);
	}
	assert_in_range(nr_turns, 40, 100);
}

static void a_thread_does_not_wait_on_a_cpu_that_is_new_to_it(void **state)
{
	assert_another_cpu_is_new(POLICY, &policy_stride);
}

static void the_idle_class_weighs_least(void **state)
{
	assert_idle_class_weighs_least(POLICY);
}

static void a_debt_is_cpu_time_whatever_the_weight(void **state)
{
	assert_a_debt_is_cpu_time(POLICY);
}

/* @task, which runs alone, has the pass that it would have some years later. */
static void let_pass_be(struct task *task, u64 pass)
{
	assert_ptr_equal(current_thread(), &task->thread);
	*thread_policy_data(u64, &task->thread) = pass; /* the first of struct stride_data */
	policy_stride.charge(runqueue_of(0), &task->thread, 1);
}

/* The least weight needs 208 days alone on a CPU of 3 GHz. */
static void shares_are_right_when_passes_begin_again_at_0(void **state)
{
	struct task *alone = hog(1), *heavy, *light;

	for (u64 part = 1; part < 4; part++)
		let_pass_be(alone, part << 62);
	let_pass_be(alone, (u64)-SECOND);
	heavy = hog(1);
	light = hog(1);
	sched_set_nice(&light->thread, 10); /* 110 of 1134 */
	measure_from_now();
	run_for(20 * SECOND);
	assert_percent(heavy->got, heavy->got + light->got, 90, 1);
	assert_percent(alone->got, 20 * SECOND, 47, 1);
}

/* Its pass of long ago looks as if it were ahead. */
static void who_has_slept_for_years_owes_nothing(void **state)
{
	struct task *sleeps = sleeper(1, MS, SECOND), *alone = hog(1);

	run_for(SECOND / 2);
	for (u64 part = 1; part < 4; part++)
		let_pass_be(alone, part << 62);
	run_for(10 * SECOND);
	assert_in_range(sleeps->nr_rounds, 9, 11);
}

static void nobody_starves_in_any_mixture(void **state)
{
	assert_nobody_starves(POLICY, 100);
}

UNIT_MAIN(cmocka_unit_test_setup(shares_are_as_the_weights, setup),
	  cmocka_unit_test_setup(a_round_is_exact, setup),
	  cmocka_unit_test_setup(nobody_waits_for_more_than_a_round, setup),
	  cmocka_unit_test_setup(a_rest_is_not_saved_up, setup),
	  cmocka_unit_test_setup(short_bursts_are_paid_for_as_they_are, setup),
	  cmocka_unit_test_setup(who_yields_pays_for_its_quantum, setup),
	  cmocka_unit_test_setup(nothing_is_gained_by_children, setup),
	  cmocka_unit_test_setup(nothing_is_gained_by_rows_of_children, setup),
	  cmocka_unit_test_setup(nothing_is_gained_by_going_from_one_cpu_to_another, setup),
	  cmocka_unit_test_setup(a_thread_does_not_wait_on_a_cpu_that_is_new_to_it, setup),
	  cmocka_unit_test_setup(the_idle_class_weighs_least, setup),
	  cmocka_unit_test_setup(a_debt_is_cpu_time_whatever_the_weight, setup),
	  cmocka_unit_test_setup(shares_are_right_when_passes_begin_again_at_0, setup),
	  cmocka_unit_test_setup(who_has_slept_for_years_owes_nothing, setup),
	  cmocka_unit_test_setup(nobody_starves_in_any_mixture, setup))
