// SPDX-License-Identifier: MIT
/*
 * sched_sim_test.c -- the scheduler on a virtual clock: shares of the CPU, and waiting times.
 */
#include "unit_sched.h"
#include "unit_test.h"

#include "core/cmdline.h"
#include "sched/policy_realtime.h"

#include <linux/errno.h>
#include <linux/sched.h>

static int setup(void **state)
{
	sim_start("rr");
	return 0;
}

/* ---- ordinary threads ----------------------------------------------------------------------- */

static void hogs_of_one_user_run_in_turn(void **state)
{
	for (unsigned i = 0; i < 7; i++)
		hog(1);
	run_for(7 * SECOND);
	for (unsigned i = 0; i < 7; i++) {
		assert_in_range(tasks[i].got, SECOND - TURN, SECOND + TURN);
		assert_in_range(tasks[i].longest_wait, 6 * TURN, 6 * TURN + TICK);
	}
	assert_int_equal(got_by_all(), 7 * SECOND); /* M2 */
}

static void a_lone_hog_is_not_switched(void **state)
{
	struct task *only = hog(1);

	run_for(SECOND);
	assert_int_equal(only->nr_turns, 1);
	assert_int_equal(only->got, SECOND);
}

/* The counter of the CPU that it runs on may be ahead of the reader's. */
static void a_time_of_the_future_counts_as_none(void **state)
{
	struct thread *t = &hog(1)->thread;
	u64 ns, all_ns;

	run_for(SECOND);
	t->started_cycles = unit_cycles;
	ns = sched_thread_runtime_ns(t);
	all_ns = sched_totals_runtime_ns(t->totals);
	t->started_cycles++;
	assert_int_equal(sched_thread_runtime_ns(t), ns);
	assert_int_equal(sched_totals_runtime_ns(t->totals), all_ns);
	t->started_cycles--;
}

static void an_idle_cpu_is_given_at_once(void **state)
{
	struct task *task = sleeper(1, 3 * MS, 7 * MS + 1);

	run_for(SECOND);
	assert_int_equal(task->longest_wait, 0);
	assert_percent(task->got, SECOND, 30, 1);
	assert_int_equal(task->got + idled, SECOND);
}

/* With a tick on each CPU, two would change the averages at once. */
static void load_averages_change_at_one_tick_of_each_period(void **state)
{
	struct sched_statistics before, after;

	hog(1);
	run_for(20 * SECOND);
	sched_statistics_get(&before);
	arch_irq_disable();
	sched_tick(true);
	sched_tick(true);
	arch_irq_enable();
	sched_statistics_get(&after);
	assert_memory_equal(after.load_average, before.load_average, sizeof(after.load_average));
	run_for(5 * SECOND);
	sched_statistics_get(&after);
	assert_true(after.load_average[0] > before.load_average[0]);
}

/* Load averages after 200 s of work, @idle_ns without, and a moment of work. */
static struct sched_statistics load_after(const char *options, u64 idle_ns)
{
	struct sched_statistics result;

	cmdline_init(options);
	sched_read_tick_options();
	sim_start("rr");
	run_for(5000 * SECOND); /* forgets what was before */
	job(MS);
	run_for(TICK);
	job(200 * SECOND);
	run_for(200 * SECOND + idle_ns);
	job(MS);
	run_for(TICK);
	sched_statistics_get(&result);
	cmdline_init("");
	return result;
}

static void load_averages_fall_though_an_idle_cpu_does_not_tick(void **state)
{
	static const u64 seconds[] = {1, 60, 300, 3000};

	for (unsigned i = 0; i < ARRAY_SIZE(seconds); i++) {
		u64 ns = seconds[i] * SECOND;
		struct sched_statistics ticking = load_after("nohz=off", ns),
					tickless = load_after("nohz=on", ns);

		for (unsigned j = 0; j < 3; j++)
			assert_in_range(tickless.load_average[j] + 20, ticking.load_average[j],
					ticking.load_average[j] + 40); /* of 2048 */
		assert_int_equal(tickless.nr_running, ticking.nr_running);
		assert_int_equal(tickless.times.idle_ns > ns, 1);
	}
	assert_true(load_after("nohz=on", SECOND).load_average[0] > 1900);
	assert_in_range(load_after("nohz=on", 60 * SECOND).load_average[0], 650, 780);
	assert_int_equal(load_after("nohz=on", 3000 * SECOND).load_average[0], 0);
}

static void idle_time_is_exact_without_ticks(void **state)
{
	struct sched_statistics before, after;

	sleeper(1, MS, 10 * SECOND);
	run_for(MS);
	sched_statistics_get(&before);
	run_for(7 * SECOND + 3);
	sched_statistics_get(&after);
	assert_int_equal(after.times.idle_ns - before.times.idle_ns, 7 * SECOND + 3);
}

/* ---- option nohz=full ----------------------------------------------------------------------- */

static bool is_limited; /* the process of all tasks, on CPU time */

static void count_tick(bool user)
{
}

static bool needs_ticks(const struct process *process)
{
	return is_limited;
}

static void start_full(const char *policy)
{
	static const struct sched_tick_hooks hooks = {count_tick, needs_ticks};

	cmdline_init("nohz=full");
	sched_read_tick_options();
	sched_set_tick_hooks(&hooks);
	is_limited = false;
	sim_start(policy);
}

static struct task *program(struct task *task)
{
	task->thread.process = (struct process *)task;
	return task_start(task);
}

static u64 ticks_in(u64 ns)
{
	u64 before = nr_ticks;

	run_for(ns);
	return nr_ticks - before;
}

static int end_full(void **state)
{
	cmdline_init("");
	user_time_on = sched_has_options = false;
	return 0;
}

static void a_lone_program_has_a_tick_a_second(void **state)
{
	static const char *const policies[] = {"fair", "rr",	  "fifo",  "sjf",
					       "mlfq", "lottery", "stride"};

	for (unsigned i = 0; i < ARRAY_SIZE(policies); i++) {
		struct task *task;

		start_full(policies[i]);
		task = program(task_new(1, FOREVER, 0));
		assert_in_range(ticks_in(20 * SECOND), 20, 22);
		assert_int_equal(task->got, 20 * SECOND);
	}
}

static void a_second_thread_makes_the_ticks_go_on(void **state)
{
	static const char *const policies[] = {"fair", "rr", "mlfq", "lottery", "stride"};

	for (unsigned i = 0; i < ARRAY_SIZE(policies); i++) {
		struct task *first, *second;

		start_full(policies[i]);
		first = program(task_new(1, FOREVER, 0));
		run_for(10 * SECOND + 3 * MS);
		second = program(task_new(1, FOREVER, 0));
		first->got = 0;
		assert_in_range(ticks_in(10 * SECOND), 999, 1001);
		assert_percent(second->got, 10 * SECOND, 50, 5);
		assert_int_equal(first->got + second->got, 10 * SECOND);
	}
}

/* It waits for what a thread may have at once, not for the tick that comes each second. */
static void one_that_wakes_beside_a_lone_program_waits_for_a_turn(void **state)
{
	static const char *const policies[] = {"fair", "rr", "mlfq"};

	for (unsigned i = 0; i < ARRAY_SIZE(policies); i++) {
		struct task *sleeps;

		start_full(policies[i]);
		program(task_new(1, FOREVER, 0));
		sleeps = program(task_new(1, MS, 3 * SECOND + 7 * MS));
		run_for(100 * SECOND);
		assert_true(sleeps->nr_rounds >= 33);
		assert_in_range(sleeps->longest_wait, 0, TURN + TICK);
	}
}

/* It has woken another, and sleeps before it is preempted. */
static void a_switch_of_its_own_lets_the_ticks_go_on(void **state)
{
	struct task *first, *second;

	start_full("rr");
	first = program(task_new(1, FOREVER, 0));
	second = program(task_new(1, MS, FOREVER / 2));
	run_for(SECOND + MS);
	assert_ptr_equal(current_thread(), &first->thread);
	assert_int_equal(runqueue_of(0)->tick, TICK_PUT_OFF);
	arch_irq_disable();
	assert_true(sched_wake(&second->thread));
	second->wakes_at = 0;
	sched_sleep_prepare(THREAD_SLEEPING);
	schedule();
	assert_ptr_equal(current_thread(), &second->thread);
	assert_int_equal(runqueue_of(0)->tick, TICK_ON);
	arch_irq_enable();
}

static void an_urgent_program_keeps_the_ticks_though_it_is_alone(void **state)
{
	start_full("rr");
	program(realtime_new(SCHED_FIFO, 1, FOREVER, 0));
	assert_in_range(ticks_in(10 * SECOND), 999, 1001);
}

static void a_limit_and_an_urgent_thread_keep_the_ticks(void **state)
{
	struct task *urgent;

	start_full("rr");
	is_limited = true;
	program(task_new(1, FOREVER, 0));
	assert_in_range(ticks_in(SECOND), 99, 101);
	is_limited = false;
	run_for(SECOND);
	assert_in_range(ticks_in(10 * SECOND), 10, 11);
	is_limited = true;
	arch_irq_disable();
	sched_ask_for_ticks();
	end_of_interrupt();
	assert_in_range(ticks_in(SECOND), 99, 101);
	is_limited = false;
	urgent = program(realtime_new(SCHED_FIFO, 1, FOREVER, 0));
	run_for(SECOND);
	assert_in_range(ticks_in(10 * SECOND), 999, 1001);
	assert_percent(urgent->got, 11 * SECOND, 95, 2); /* sched_rt_runtime */
}

static void a_higher_nice_value_means_less(void **state)
{
	u64 last = 1000;

	for (int nice = -20; nice <= 19; nice++) {
		u64 share = share_of_nice("rr", nice, 30 * SECOND);

		assert_in_range(share, 1, last - 1);
		last = share;
	}
	assert_in_range(share_of_nice("rr", -20, 30 * SECOND), 740, 760); /* three slices to one */
	assert_in_range(share_of_nice("rr", 0, 30 * SECOND), 499, 501);
	assert_in_range(share_of_nice("rr", 19, 30 * SECOND), 45, 50); /* a turn to twenty */
}

/* Many that owe, so that a choice does not pass over all of them. */
static void nice_threads_leave_the_cpu_to_others_however_many_they_are(void **state)
{
	struct task *normal;

	for (unsigned i = 0; i < 30; i++)
		assert_int_equal(sched_set_nice(&hog(1)->thread, 19), 0);
	normal = hog(1);
	run_for(60 * SECOND);
	assert_percent(normal->got, 60 * SECOND, 40, 2); /* 20 of 50 turns */
	for (unsigned i = 0; i < 30; i++)
		assert_percent(tasks[i].got, 60 * SECOND, 2, 1);
}

static void users_have_equal_parts_whatever_their_threads(void **state)
{
	struct task *second, *third;
	u64 first = 0;

	for (unsigned i = 0; i < 30; i++)
		hog(1);
	second = hog(2);
	third = hog(31);
	run_for(30 * SECOND);
	for (unsigned i = 0; i < 30; i++)
		first += tasks[i].got;
	assert_percent(first, 30 * SECOND, 33, 1);
	assert_percent(second->got, 30 * SECOND, 33, 1);
	assert_percent(third->got, 30 * SECOND, 33, 1);
}

/* Those that sleep leave it to the others; they cannot save up what they did not use. */
static void a_user_that_rested_is_not_paid_for_it(void **state)
{
	assert_a_rest_is_not_saved_up("rr", 2, 3);
}

/* Its own turn, once used up, it gets again only behind the others of its user (R1). */
static void who_mostly_sleeps_gets_quick_answers(void **state)
{
	struct task *mine, *its;

	for (unsigned i = 0; i < 20; i++)
		hog(1);
	mine = sleeper(1, MS, 30 * MS + 7);
	its = sleeper(2, MS, 53 * MS + 11);
	run_for(10 * SECOND);
	assert_in_range(its->longest_wait, 0, TURN + TICK);
	assert_in_range(mine->longest_wait, 0, 2 * 20 * TURN);
	assert_in_range(mine->nr_quick, mine->nr_rounds / 4, mine->nr_turns);
}

/* Where a hog has had the CPU for a while; where it has not, the end of its turn comes first. */
static void a_woken_thread_takes_the_cpu_from_a_hog(void **state)
{
	struct task *task;

	hog(1);
	task = sleeper(1, MS / 10, 33 * MS + 3);
	run_for(10 * SECOND);
	assert_in_range(task->longest_wait, 0, TURN + TICK);
	assert_in_range(task->nr_quick, task->nr_rounds / 2, task->nr_turns);
}

static void sleepers_do_not_starve_a_hog(void **state)
{
	struct task *victim = hog(1);

	for (unsigned i = 0; i < 12; i++)
		sleeper(1, 2 * MS, 3 * MS + i);
	run_for(10 * SECOND);
	assert_in_range(victim->got, 10 * SECOND / 13 - SECOND / 5, 10 * SECOND);
	assert_in_range(victim->longest_wait, 0, 13 * (TURN + TICK));
	assert_int_equal(idled, 0);
}

static void who_yields_goes_behind_the_others(void **state)
{
	struct task *first, *second;

	first = task_new(1, MS / 10, 0);
	first->yields = true;
	second = task_new(1, MS / 10, 0);
	second->yields = true;
	task_start(first);
	task_start(second);
	run_for(SECOND);
	assert_in_range(first->nr_rounds, 4999, 5001); /* one after the other */
	assert_in_range(second->nr_rounds, 4999, 5001);
	hog(1);
	measure_from_now();
	run_for(10 * SECOND);
	assert_in_range(first->nr_rounds, 950, 1010); /* one after each turn of the hog */
}

/* ---- real-time threads ---------------------------------------------------------------------- */

static void the_higher_priority_runs(void **state)
{
	struct task *low = task_start(realtime_new(SCHED_FIFO, 50, FOREVER, 0));
	struct task *equal = task_start(realtime_new(SCHED_FIFO, 50, FOREVER, 0));
	struct task *high = task_start(realtime_new(SCHED_RR, 60, 2 * MS, 9 * MS + 3));

	run_for(10 * SECOND);
	assert_in_range(high->longest_wait, 0, 0);
	assert_percent(high->got, 10 * SECOND, 18, 1);
	assert_percent(low->got, 10 * SECOND, 81, 1);
	assert_int_equal(equal->got, 0); /* preempted, a FIFO thread keeps its place */
}

static void round_robin_threads_have_turns_of_a_tenth_of_a_second(void **state)
{
	for (unsigned i = 0; i < 3; i++)
		task_start(realtime_new(SCHED_RR, 10, FOREVER, 0));
	run_for(30 * SECOND);
	for (unsigned i = 0; i < 3; i++) {
		assert_in_range(tasks[i].got, 10 * SECOND - 100 * MS, 10 * SECOND + 100 * MS);
		assert_in_range(tasks[i].longest_wait, 200 * MS, 200 * MS + TICK);
		assert_in_range(tasks[i].nr_turns, 99, 101);
	}
}

static void real_time_threads_come_before_ordinary_ones(void **state)
{
	struct task *urgent = realtime_new(SCHED_FIFO, 1, 5 * MS, 5 * MS + 1);
	struct task *normal = hog(1);

	task_start(urgent);
	run_for(SECOND);
	measure_from_now();
	run_for(10 * SECOND);
	assert_int_equal(urgent->longest_wait, 0);
	assert_percent(urgent->got, 10 * SECOND, 50, 1);
	assert_percent(normal->got, 10 * SECOND, 50, 1);
}

static void a_real_time_loop_leaves_a_part_of_each_second(void **state)
{
	struct task *loop = realtime_new(SCHED_FIFO, 99, FOREVER, 0);
	struct task *normal = hog(1);

	task_start(loop);
	run_for(SECOND);
	measure_from_now();
	run_for(20 * SECOND);
	assert_percent(normal->got, 20 * SECOND, 5, 1);
	assert_in_range(normal->longest_wait, 0, SECOND);
	assert_percent(loop->got, 20 * SECOND, 95, 1);
}

static void without_others_a_real_time_loop_has_all(void **state)
{
	struct task *loop = task_start(realtime_new(SCHED_FIFO, 99, FOREVER, 0));

	run_for(5 * SECOND);
	assert_int_equal(loop->got, 5 * SECOND);
}

static void the_part_can_be_set(void **state)
{
	struct realtime_share was, half = {.runtime_us = 500000, .period_us = 1000000};
	struct realtime_share none = {.runtime_us = -1, .period_us = 1000000};
	struct task *loop = realtime_new(SCHED_FIFO, 99, FOREVER, 0);
	struct task *normal = hog(1);

	realtime_share_get(&was);
	assert_int_equal(realtime_share_change(&was, &half), 0);
	task_start(loop);
	run_for(10 * SECOND);
	assert_percent(normal->got, 10 * SECOND, 50, 2);
	assert_int_equal(realtime_share_change(&half, &none), 0);
	run_for(SECOND);
	measure_from_now();
	run_for(10 * SECOND);
	assert_int_equal(normal->got, 0);
	assert_int_equal(realtime_share_change(&none, &was), 0);
}

/* ---- changes -------------------------------------------------------------------------------- */

static void a_thread_changes_its_class_while_it_waits_or_runs(void **state)
{
	struct task *first = hog(1), *second = hog(1);

	run_for(5 * TURN);
	assert_int_equal(sched_set_policy(&second->thread, SCHED_FIFO, 10, true), 0);
	end_of_interrupt();
	measure_from_now();
	run_for(SECOND / 2);
	assert_int_equal(second->got, SECOND / 2);
	assert_int_equal(sched_set_policy(&second->thread, SCHED_NORMAL, 0, true), 0);
	end_of_interrupt();
	run_for(5 * SECOND);
	measure_from_now();
	run_for(SECOND);
	assert_percent(first->got, SECOND, 50, 2);
	assert_int_equal(sched_set_policy(&first->thread, SCHED_FIFO, 0, true), -EINVAL);
	assert_int_equal(sched_set_policy(&first->thread, SCHED_NORMAL, 1, true), -EINVAL);
}

/* As one that is moved to a CPU where others run. */
static void a_new_urgent_thread_takes_the_cpu_at_once(void **state)
{
	struct task *urgent = realtime_new(SCHED_FIFO, 2, MS, 3 * SECOND);
	struct task *lower = realtime_new(SCHED_FIFO, 1, MS, 3 * SECOND);

	hog(1);
	run_for(MS);
	task_start(lower);
	task_start(urgent);
	run_for(2 * MS);
	assert_int_equal(urgent->longest_wait, 0);
	assert_int_equal(urgent->got, MS);
	assert_int_equal(lower->got, MS);
}

static void children_start_as_their_parent_says(void **state)
{
	struct task *parent = realtime_new(SCHED_RR | SCHED_RESET_ON_FORK, 7, FOREVER, 0);
	struct task *child = task_new(0, FOREVER, 0);

	assert_int_equal(sched_inherit(&child->thread, &parent->thread), 0);
	assert_int_equal(child->thread.linux_policy, SCHED_NORMAL);
	assert_int_equal(child->thread.rt_priority, 0);
	assert_int_equal(sched_set_policy(&parent->thread, SCHED_RR, 7, false), -EPERM);
	assert_int_equal(sched_set_policy(&parent->thread, SCHED_RR, 7, true), 0);
	assert_int_equal(sched_inherit(&child->thread, &parent->thread), 0);
	assert_int_equal(child->thread.linux_policy, SCHED_RR);
	assert_int_equal(child->thread.rt_priority, 7);
}

/* ---- any mixture ---------------------------------------------------------------------------- */

static void nobody_starves_in_any_mixture(void **state)
{
	assert_nobody_starves("rr", 300);
}

UNIT_MAIN(cmocka_unit_test_setup(hogs_of_one_user_run_in_turn, setup),
	  cmocka_unit_test_setup(a_lone_hog_is_not_switched, setup),
	  cmocka_unit_test_setup(a_time_of_the_future_counts_as_none, setup),
	  cmocka_unit_test_setup(an_idle_cpu_is_given_at_once, setup),
	  cmocka_unit_test_setup(load_averages_change_at_one_tick_of_each_period, setup),
	  cmocka_unit_test_setup(load_averages_fall_though_an_idle_cpu_does_not_tick, setup),
	  cmocka_unit_test_setup(idle_time_is_exact_without_ticks, setup),
	  cmocka_unit_test_teardown(a_lone_program_has_a_tick_a_second, end_full),
	  cmocka_unit_test_teardown(a_second_thread_makes_the_ticks_go_on, end_full),
	  cmocka_unit_test_teardown(one_that_wakes_beside_a_lone_program_waits_for_a_turn,
				    end_full),
	  cmocka_unit_test_teardown(a_switch_of_its_own_lets_the_ticks_go_on, end_full),
	  cmocka_unit_test_teardown(an_urgent_program_keeps_the_ticks_though_it_is_alone, end_full),
	  cmocka_unit_test_teardown(a_limit_and_an_urgent_thread_keep_the_ticks, end_full),
	  cmocka_unit_test_setup(a_higher_nice_value_means_less, setup),
	  cmocka_unit_test_setup(nice_threads_leave_the_cpu_to_others_however_many_they_are, setup),
	  cmocka_unit_test_setup(users_have_equal_parts_whatever_their_threads, setup),
	  cmocka_unit_test_setup(a_user_that_rested_is_not_paid_for_it, setup),
	  cmocka_unit_test_setup(who_mostly_sleeps_gets_quick_answers, setup),
	  cmocka_unit_test_setup(a_woken_thread_takes_the_cpu_from_a_hog, setup),
	  cmocka_unit_test_setup(sleepers_do_not_starve_a_hog, setup),
	  cmocka_unit_test_setup(who_yields_goes_behind_the_others, setup),
	  cmocka_unit_test_setup(the_higher_priority_runs, setup),
	  cmocka_unit_test_setup(round_robin_threads_have_turns_of_a_tenth_of_a_second, setup),
	  cmocka_unit_test_setup(real_time_threads_come_before_ordinary_ones, setup),
	  cmocka_unit_test_setup(a_real_time_loop_leaves_a_part_of_each_second, setup),
	  cmocka_unit_test_setup(without_others_a_real_time_loop_has_all, setup),
	  cmocka_unit_test_setup(the_part_can_be_set, setup),
	  cmocka_unit_test_setup(a_thread_changes_its_class_while_it_waits_or_runs, setup),
	  cmocka_unit_test_setup(a_new_urgent_thread_takes_the_cpu_at_once, setup),
	  cmocka_unit_test_setup(children_start_as_their_parent_says, setup),
	  cmocka_unit_test_setup(nobody_starves_in_any_mixture, setup))
