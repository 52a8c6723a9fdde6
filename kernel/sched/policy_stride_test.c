// SPDX-License-Identifier: MIT
/* Shares are exact, whatever threads do. */
#include "unit_sched.h"
#include "unit_test.h"

#include "sched/sched_weight.h"

#include <linux/sched.h>

static int setup(void **state)
{
	sim_start("stride,quantum=10ms");
	return 0;
}

/* Of two that never wait, one with this nice value: what part of a thousand does it get? */
static u64 share_of_nice(int nice)
{
	struct task *nicer, *normal;

	setup(NULL);
	normal = hog(1);
	nicer = hog(1);
	assert_int_equal(sched_set_nice(&nicer->thread, nice), 0);
	run_for(100 * SECOND);
	return nicer->got * 1000 / (normal->got + nicer->got);
}

static void shares_are_as_the_weights(void **state)
{
	assert_in_range(share_of_nice(0), 499, 501);
	assert_in_range(share_of_nice(1), 443, 446); /* 820 of 1844 */
	assert_in_range(share_of_nice(5), 245, 248);
	assert_in_range(share_of_nice(-5), 752, 755);
	assert_in_range(share_of_nice(19), 14, 16);
	assert_in_range(share_of_nice(-20), 987, 990);
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
	struct task *steady = hog(1), *late = task_new(1, FOREVER, 0);

	run_for(20 * SECOND);
	task_start(late);
	measure_from_now();
	run_for(SECOND);
	assert_percent(steady->got, SECOND, 50, 2);
	assert_percent(late->got, SECOND, 50, 2);
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

/* A thread that goes on as its own child, and again, gets no more by it. */
static void nothing_is_gained_by_children(void **state)
{
	struct task *honest = hog(1), *line = hog(1);

	sched_set_nice(&line->thread, 10); /* 110 of 1134 */
	while (nr_tasks < NR_TASKS) {
		if (current_thread() == &line->thread) {
			run_for(TURN - MS);
			line->work_left = MS / 2; /* it ends in this turn */
			line->ends = true;
			line = child_of(line, FOREVER, 0);
		}
		run_for(MS);
	}
	assert_percent(honest->got, got_by_all(), 90, 4);
}

/* Each CPU's threads are compared with each other only: else it would wait for 50 seconds. */
static void a_thread_does_not_wait_on_a_cpu_that_is_new_to_it(void **state)
{
	struct runqueue *here = runqueue_of(0), *there = runqueue_of(1);
	struct thread *moves, *fresh;

	hog(1);
	hog(1);
	run_for(100 * SECOND);
	fresh = &task_new(1, FOREVER, 0)->thread;
	there->cpu = 1;
	policy_stride.init_cpu(there);
	moves = policy_stride.pick(here);
	policy_stride.enqueue(there, fresh, SCHED_NEW);
	policy_stride.enqueue(there, moves, SCHED_PREEMPTED);
	if (policy_stride.pick(there) == moves)
		return;
	assert_true(policy_stride.charge(there, fresh, SECOND));
	policy_stride.enqueue(there, fresh, SCHED_PREEMPTED);
	assert_ptr_equal(policy_stride.pick(there), moves);
}

static void the_idle_class_weighs_least(void **state)
{
	struct task *idle = task_new(1, FOREVER, 0), *nice = hog(1);

	assert_int_equal(sched_set_policy(&idle->thread, SCHED_IDLE, 0, true), 0);
	sched_set_nice(&nice->thread, 19);
	task_start(idle);
	run_for(100 * SECOND);
	assert_percent(idle->got, 100 * SECOND, 17, 1); /* 3 of 18 */
}

static void nobody_starves_in_any_mixture(void **state)
{
	for (u64 seed = 1; seed <= 100; seed++) {
		u64 random = seed * 0x9e3779b97f4a7c15UL;
		unsigned nr = 2 + unit_random(&random) % 20;

		setup(NULL);
		for (unsigned i = 0; i < nr; i++) {
			u64 kind = unit_random(&random) % 4;
			u64 work = kind ? 1 + unit_random(&random) % (15 * MS) : FOREVER;
			u64 rest = kind > 1 ? 1 + unit_random(&random) % (20 * MS) : 0;
			struct task *task = task_new(1, work, rest);

			task->yields = kind == 1;
			task_start(task);
		}
		run_for(4 * SECOND);
		assert_int_equal(got_by_all(), 4 * SECOND);
		for (unsigned i = 0; i < nr; i++)
			assert_in_range(tasks[i].longest_wait, 0, nr * (TURN + TICK) * 2);
	}
}

UNIT_MAIN(cmocka_unit_test_setup(shares_are_as_the_weights, setup),
	  cmocka_unit_test_setup(a_round_is_exact, setup),
	  cmocka_unit_test_setup(nobody_waits_for_more_than_a_round, setup),
	  cmocka_unit_test_setup(a_rest_is_not_saved_up, setup),
	  cmocka_unit_test_setup(short_bursts_are_paid_for_as_they_are, setup),
	  cmocka_unit_test_setup(who_yields_pays_for_its_quantum, setup),
	  cmocka_unit_test_setup(nothing_is_gained_by_children, setup),
	  cmocka_unit_test_setup(a_thread_does_not_wait_on_a_cpu_that_is_new_to_it, setup),
	  cmocka_unit_test_setup(the_idle_class_weighs_least, setup),
	  cmocka_unit_test_setup(nobody_starves_in_any_mixture, setup))
