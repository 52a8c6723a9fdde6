// SPDX-License-Identifier: MIT
/* The rules of the multi-level feedback queue, one after the other. */
#include "unit_sched.h"
#include "unit_test.h"

#include <linux/sched.h>

static int setup(void **state)
{
	sim_start("mlfq,levels=3,quantum=10ms,allotment=10ms,boost=0");
	return 0;
}

/* Long enough for a thread that never waits to be at the lowest level. */
static void sink(void)
{
	run_for(10 * TURN);
}

static void a_higher_level_runs_first(void **state)
{
	struct task *lower = hog(1), *higher;

	sink();
	higher = task_start(task_new(1, 2 * MS, 40 * MS));
	measure_from_now();
	run_for(60 * MS);
	assert_int_equal(higher->nr_rounds, 2); /* the tick finds that it is there; then it wakes */
	assert_in_range(higher->longest_wait, 0, TICK);
	assert_int_equal(lower->got, 56 * MS);
}

static void one_level_runs_in_turn(void **state)
{
	for (unsigned i = 0; i < 5; i++)
		hog(1);
	run_for(10 * SECOND);
	for (unsigned i = 0; i < 5; i++) {
		assert_in_range(tasks[i].got, 2 * SECOND - 2 * TURN, 2 * SECOND + 2 * TURN);
		assert_in_range(tasks[i].longest_wait, 4 * TURN, 4 * TURN + TICK);
	}
}

/* OSTEP, figure 8.2: a long job goes down level by level, and takes a quantum at each. */
static void who_uses_its_allotment_goes_down(void **state)
{
	struct task *first = hog(1), *second;

	run_for(2 * TICK);
	second = hog(1);
	run_for(3 * TICK + TICK / 2);
	/* The second came at the top, and the tick gave it the CPU for a turn on two levels. */
	assert_int_equal(first->got, 2 * TURN + TICK + TICK / 2);
	assert_int_equal(second->got, 2 * TURN);
}

/*
 * The allotment counts what was used in all bursts: who sleeps just before the end of each quantum
 * does not stay at the top (OSTEP 8.4).
 */
static void it_cannot_be_cheated_by_short_sleeps(void **state)
{
	struct task *cheat, *honest = hog(1);

	cheat = sleeper(1, 9 * MS, MS / 100);
	run_for(SECOND);
	measure_from_now();
	run_for(10 * SECOND);
	assert_percent(cheat->got, 10 * SECOND, 50, 7);
	assert_percent(honest->got, 10 * SECOND, 50, 7);
}

static void without_boost_short_ones_starve_a_long_one(void **state)
{
	struct task *starved;

	sim_start("mlfq,levels=3,quantum=10ms,allotment=10s,boost=0");
	starved = hog(1);
	run_for(25 * SECOND);
	sleeper(1, 5 * MS, MS); /* together they leave nothing */
	sleeper(1, 5 * MS, MS);
	run_for(SECOND);
	measure_from_now();
	run_for(10 * SECOND);
	assert_int_equal(starved->got, 0);
}

static void a_boost_ends_starvation(void **state)
{
	struct task *long_one, *others[10];

	sim_start("mlfq,levels=3,quantum=10ms,allotment=1s,boost=100ms");
	long_one = hog(1);
	for (unsigned i = 0; i < ARRAY_SIZE(others); i++)
		others[i] = sleeper(1, 9 * MS, MS);
	run_for(20 * SECOND);
	measure_from_now();
	run_for(20 * SECOND);
	assert_in_range(long_one->longest_wait, 0, 100 * MS + 12 * (TURN + TICK));
	assert_in_range(long_one->got, SECOND / 2, 20 * SECOND);
	assert_true(others[0]->got);
}

/* All go up at once, whatever their level, and begin there anew. */
static void a_boost_moves_all(void **state)
{
	struct task *late;

	sim_start("mlfq,levels=16,quantum=10ms,allotment=10ms,boost=2s");
	for (unsigned i = 0; i < 8; i++)
		hog(1);
	run_for(2 * SECOND - TICK); /* at the lowest level */
	late = hog(1);		    /* at the highest */
	run_for(SECOND / 2);	    /* a boost came in between: they share again */
	for (unsigned i = 0; i < 8; i++) {
		tasks[i].got = 0;
		assert_true(tasks[i].thread.state == THREAD_READY ||
			    tasks[i].thread.state == THREAD_RUNNING);
	}
	measure_from_now();
	run_for(9 * TURN);
	assert_in_range(late->got, 0, 2 * TURN);
	for (unsigned i = 0; i < 8; i++)
		assert_in_range(tasks[i].got, 0, 2 * TURN);
	sched_set_nice(&tasks[3].thread, 3); /* takes it out, and puts it back */
	run_for(SECOND);
	assert_int_equal(got_by_all(), SECOND + 9 * TURN);
}

static void a_child_begins_where_its_parent_is(void **state)
{
	struct task *parent = hog(1), *child, *fresh;

	sink();
	fresh = task_start(task_new(1, FOREVER, 0));
	child = child_of(parent, FOREVER, 0);
	run_for(3 * TICK); /* a tick of the parent, and two levels of the new thread */
	assert_int_equal(fresh->got, 2 * TURN);
	assert_int_equal(child->got, 0);
}

static void fewer_levels_lose_nobody(void **state)
{
	for (unsigned i = 0; i < 6; i++)
		hog(1);
	run_for(SECOND);
	assert_int_equal(sched_choose("mlfq,levels=1"), 0);
	measure_from_now();
	run_for(6 * SECOND);
	for (unsigned i = 0; i < 6; i++)
		assert_in_range(tasks[i].got, SECOND - 2 * TURN, SECOND + 2 * TURN);
}

/* Until the next boost. */
static void an_idle_class_thread_is_at_the_bottom(void **state)
{
	struct task *idle = task_new(1, FOREVER, 0), *normal;

	assert_int_equal(sched_set_policy(&idle->thread, SCHED_IDLE, 0, true), 0);
	task_start(idle);
	normal = hog(1);
	run_for(TICK + 2 * TURN);
	assert_int_equal(idle->got, TICK); /* until the tick finds the other */
	assert_int_equal(normal->got, 2 * TURN);
}

static void a_tick_finds_a_new_thread_of_a_higher_level(void **state)
{
	struct task *fresh;

	sim_start("mlfq,levels=3,quantum=100ms,allotment=100ms,boost=0");
	hog(1);
	hog(1);
	run_for(SECOND + 30 * MS);
	fresh = job(MS);
	run_for(TICK + MS);
	assert_true(fresh->ended_at);
}

/* Else it would be at the top by asking for SCHED_BATCH and back. */
static void a_change_of_class_forgives_nothing(void **state)
{
	struct task *changes = hog(1), *fresh;

	sink();
	assert_int_equal(sched_set_policy(&changes->thread, SCHED_BATCH, 0, false), 0);
	assert_int_equal(sched_set_policy(&changes->thread, SCHED_NORMAL, 0, false), 0);
	end_of_interrupt();
	fresh = hog(1);
	changes->got = 0;
	run_for(TICK + 2 * TURN);
	assert_int_equal(changes->got, TICK); /* until the tick finds the other */
	assert_int_equal(fresh->got, 2 * TURN);
}

/* CPUs count their boosts each for itself. */
static void a_thread_keeps_its_level_on_another_cpu(void **state)
{
	struct runqueue *here = runqueue_of(0), *there = runqueue_of(1);
	struct task *fresh = task_new(1, FOREVER, 0);
	struct thread *moves;

	sim_start("mlfq,levels=8,quantum=10ms,allotment=10ms,boost=300ms");
	hog(1);
	hog(1);
	run_for(10 * SECOND + 200 * MS);
	fresh = task_new(1, FOREVER, 0);
	there->cpu = 1;
	policy_mlfq.init_cpu(there);
	assert_null(policy_mlfq.pick(there));
	moves = policy_mlfq.pick(here);
	policy_mlfq.enqueue(there, moves, SCHED_PREEMPTED);
	policy_mlfq.enqueue(there, &fresh->thread, SCHED_NEW);
	assert_ptr_equal(policy_mlfq.pick(there), &fresh->thread);
	assert_ptr_equal(policy_mlfq.pick(there), moves);
}

UNIT_MAIN(cmocka_unit_test_setup(a_higher_level_runs_first, setup),
	  cmocka_unit_test_setup(one_level_runs_in_turn, setup),
	  cmocka_unit_test_setup(who_uses_its_allotment_goes_down, setup),
	  cmocka_unit_test_setup(it_cannot_be_cheated_by_short_sleeps, setup),
	  cmocka_unit_test_setup(without_boost_short_ones_starve_a_long_one, setup),
	  cmocka_unit_test_setup(a_boost_ends_starvation, setup),
	  cmocka_unit_test_setup(a_boost_moves_all, setup),
	  cmocka_unit_test_setup(a_child_begins_where_its_parent_is, setup),
	  cmocka_unit_test_setup(fewer_levels_lose_nobody, setup),
	  cmocka_unit_test_setup(a_tick_finds_a_new_thread_of_a_higher_level, setup),
	  cmocka_unit_test_setup(a_change_of_class_forgives_nothing, setup),
	  cmocka_unit_test_setup(a_thread_keeps_its_level_on_another_cpu, setup),
	  cmocka_unit_test_setup(an_idle_class_thread_is_at_the_bottom, setup))
