// SPDX-License-Identifier: MIT
/* policy_deadline_test.c -- SCHED_DEADLINE on a virtual clock: budgets, deadlines, admission. */
#include "unit_sched.h"
#include "unit_test.h"

#include "sched/policy_realtime.h"

#include <linux/errno.h>
#include <linux/sched.h>

static int setup(void **state)
{
	sim_start("rr");
	return 0;
}

/* What was reserved is given back: the next case begins with nothing. */
static int teardown(void **state)
{
	for (unsigned i = 0; i < nr_tasks; i++)
		assert_int_equal(sched_set_policy(&tasks[i].thread, SCHED_NORMAL, 0, true), 0);
	return 0;
}

static int reserve(struct task *task, u64 runtime_ns, u64 deadline_ns, u64 period_ns)
{
	struct sched_parameters wanted = {.linux_policy = SCHED_DEADLINE,
					  .reservation = {runtime_ns, deadline_ns, period_ns, 0}};

	return sched_set_parameters(&task->thread, &wanted, true);
}

/* Not started. */
static struct task *deadline_new(u64 runtime_ns, u64 period_ns, u64 work, u64 rest)
{
	struct task *task = task_new(1, work, rest);

	assert_int_equal(reserve(task, runtime_ns, period_ns, period_ns), 0);
	return task;
}

static void a_loop_gets_its_runtime_in_each_period_and_no_more(void **state)
{
	struct task *normal = hog(1), *loop = task_start(deadline_new(3 * MS, 70 * MS, FOREVER, 0));

	run_for(1);
	assert_ptr_equal(current_thread(), &loop->thread);
	run_for(3 * MS);
	assert_ptr_equal(current_thread(), &normal->thread);
	for (unsigned n = 1; n < 100; n++) {
		assert_in_range(loop->got, n * 3 * MS, n * 3 * MS + 1);
		run_for(70 * MS);
	}
	assert_int_equal(got_by_all(), 99 * 70 * MS + 3 * MS + 1); /* M2 */
}

/* With an endless loop of the highest real-time priority beside them. */
static void all_deadlines_are_met_up_to_the_limit(void **state)
{
	static const struct {
		u64 runtime_ns, period_ns;
	} kinds[] = {{MS, 10 * MS}, {13 * MS, 40 * MS}, {20 * MS, 50 * MS}, {12 * MS, 100 * MS}};
	struct task *loops[4];

	task_start(realtime_new(SCHED_FIFO, 99, FOREVER, 0));
	hog(1);
	for (unsigned i = 0; i < 4; i++)
		loops[i] = deadline_new(kinds[i].runtime_ns, kinds[i].period_ns, FOREVER, 0);
	for (unsigned i = 0; i < 4; i++)
		task_start(loops[i]);
	for (u64 ms = 1; ms <= 2000; ms++) {
		run_for(MS);
		for (unsigned i = 0; i < 4; i++) {
			u64 nr = ms * MS / kinds[i].period_ns; /* periods that have ended */

			assert_true(loops[i]->got >= nr * kinds[i].runtime_ns);
			assert_true(loops[i]->got <= (nr + 1) * kinds[i].runtime_ns);
		}
	}
}

static void it_waits_neither_for_real_time_threads_nor_while_these_are_throttled(void **state)
{
	struct task *task = deadline_new(2 * MS, 20 * MS, MS, 37 * MS + 11);

	hog(1);
	task_start(realtime_new(SCHED_FIFO, 99, FOREVER, 0));
	task_start(task);
	run_for(10 * SECOND);
	assert_int_equal(task->longest_wait, 0);
	assert_true(task->nr_rounds > 200);
}

static void a_cpu_without_others_idles_while_a_loop_is_held(void **state)
{
	struct task *loop = task_start(deadline_new(10 * MS, 40 * MS, FOREVER, 0));

	run_for(4 * SECOND);
	assert_int_equal(loop->got, SECOND);
	assert_int_equal(idled, 3 * SECOND);
}

/* Whatever it does, in no stretch of time it has more than its share and one budget. */
static void sleeping_gains_nothing(void **state)
{
	for (u64 seed = 1; seed <= 60; seed++) {
		u64 random = seed * 0x9e3779b97f4a7c15UL, got[400];
		struct task *task;

		sim_start("rr");
		hog(1);
		task = deadline_new(10 * MS, 40 * MS, 1, 1);
		if (seed % 2)
			assert_int_equal(reserve(task, 10 * MS, 30 * MS, 40 * MS), 0);
		task_start(task);
		for (unsigned ms = 0; ms < 400; ms++) {
			got[ms] = task->got;
			task->work = 1 + unit_random(&random) % (12 * MS);
			task->rest = 1 + unit_random(&random) % (30 * MS);
			run_for(MS);
			for (unsigned from = 0; from < ms; from++)
				assert_true(task->got - got[from] <=
					    (ms - from + 1) * MS / 4 + 10 * MS + 1);
		}
		teardown(state);
	}
}

static void with_a_deadline_before_the_period_it_waits_for_the_next_period(void **state)
{
	struct task *task = task_new(1, 2 * MS, 4 * MS);

	hog(1);
	assert_int_equal(reserve(task, 2 * MS, 5 * MS, 20 * MS), 0);
	task_start(task);
	run_for(2 * SECOND);
	assert_percent(task->got, 2 * SECOND, 10, 1);
	assert_true(task->longest_wait < 20 * MS);
}

static void who_yields_gives_up_the_rest_of_the_period(void **state)
{
	struct task *task = deadline_new(10 * MS, 50 * MS, MS, 0);

	task->yields = true;
	task_start(task);
	run_for(SECOND + 2 * MS);
	assert_int_equal(task->nr_rounds, 21);
	assert_int_equal(task->got, 21 * MS);
}

static void more_than_the_limit_is_refused(void **state)
{
	struct realtime_share was, half = {.runtime_us = 500000, .period_us = 1000000};
	struct task *first = task_start(deadline_new(50 * MS, 100 * MS, FOREVER, 0));
	struct task *second = task_new(1, FOREVER, 0);

	realtime_share_get(&was);
	assert_int_equal(reserve(second, 46 * MS, 100 * MS, 0), -EBUSY);
	assert_ptr_equal(second->thread.policy, sched_policy_default());
	assert_int_equal(reserve(second, 44 * MS, 100 * MS, 0), 0);
	task_start(second);
	assert_int_equal(reserve(first, 52 * MS, 100 * MS, 0), -EBUSY);
	assert_int_equal(realtime_share_change(&was, &half), -EBUSY);
	assert_int_equal(reserve(first, 5 * MS, 100 * MS, 0), 0);
	assert_int_equal(realtime_share_change(&was, &half), 0);
	assert_int_equal(realtime_share_change(&was, &was), -EAGAIN);
	assert_int_equal(reserve(first, 7 * MS, 100 * MS, 0), -EBUSY);
	assert_int_equal(sched_set_policy(&second->thread, SCHED_FIFO, 1, true), 0);
	assert_int_equal(reserve(first, 49 * MS, 100 * MS, 0), 0);
	assert_int_equal(realtime_share_change(&half, &was), 0);
}

static void wrong_parameters_are_refused(void **state)
{
	struct sched_parameters priority = {.linux_policy = SCHED_DEADLINE,
					    .rt_priority = 1,
					    .reservation = {MS, 10 * MS, 10 * MS, 0}};
	struct task *task = hog(1);

	assert_int_equal(reserve(task, 0, 0, 0), -EINVAL);
	assert_int_equal(reserve(task, 1023, 10 * MS, 0), -EINVAL);
	assert_int_equal(reserve(task, 3 * MS, 2 * MS, 10 * MS), -EINVAL);
	assert_int_equal(reserve(task, MS, 11 * MS, 10 * MS), -EINVAL);
	assert_int_equal(reserve(task, 2000, 99999, 0), -EINVAL);
	assert_int_equal(reserve(task, MS, 10 * MS, 1UL << 63), -EINVAL);
	assert_int_equal(reserve(task, MS, (1UL << 22) * 1000 + 1, 0), -EINVAL);
	assert_int_equal(sched_set_parameters(&task->thread, &priority, true), -EINVAL);
	assert_int_equal(sched_set_policy(&task->thread, SCHED_DEADLINE, 0, true), -EINVAL);
	task->thread.affinity = 0;
	assert_int_equal(reserve(task, MS, 10 * MS, 0), -EPERM);
	task->thread.affinity = ~0UL;
	assert_int_equal(reserve(task, 1024, 100000, 0), 0);
}

/* Else who asks for the same again and again has the CPU for itself. */
static void a_change_gives_no_new_budget(void **state)
{
	struct task *loop = task_start(deadline_new(10 * MS, 100 * MS, FOREVER, 0));

	hog(1);
	for (unsigned ms = 0; ms < 2000; ms++) {
		assert_int_equal(reserve(loop, 10 * MS + ms % 2, 100 * MS, 0), 0);
		end_of_interrupt();
		run_for(MS);
	}
	assert_percent(loop->got, 2 * SECOND, 10, 1);
}

static bool takes_overrun(struct task *task)
{
	bool set = thread_work(&task->thread) & WORK_OVERRUN;

	thread_work_clear(&task->thread, WORK_OVERRUN);
	return set;
}

static void who_uses_its_runtime_up_is_told_so_if_it_asks(void **state)
{
	const struct sched_parameters asks = {.linux_policy = SCHED_DEADLINE,
					      .reservation = {10 * MS, 40 * MS, 40 * MS,
							      SCHED_FLAG_DL_OVERRUN}};
	struct task *loop = task_start(deadline_new(10 * MS, 40 * MS, FOREVER, 0));
	struct task *yields = deadline_new(10 * MS, 40 * MS, MS, 0);

	run_for(SECOND);
	assert_false(takes_overrun(loop));
	assert_int_equal(sched_set_parameters(&loop->thread, &asks, true), 0);
	end_of_interrupt();
	for (unsigned i = 0; i < 10; i++) {
		run_for(40 * MS);
		assert_true(takes_overrun(loop)); /* once in each period */
		assert_false(takes_overrun(loop));
	}
	yields->yields = true;
	assert_int_equal(sched_set_parameters(&yields->thread, &asks, true), 0);
	task_start(yields);
	run_for(SECOND);
	assert_true(yields->nr_rounds > 10);
	assert_false(takes_overrun(yields));
}

static void it_has_no_children_but_ordinary_ones(void **state)
{
	struct sched_parameters wanted = {.linux_policy = SCHED_DEADLINE,
					  .reservation = {MS, 10 * MS, 10 * MS, 0}},
				seen;
	struct task *parent = task_new(1, FOREVER, 0), *child = task_new(1, FOREVER, 0);

	assert_int_equal(sched_set_parameters(&parent->thread, &wanted, true), 0);
	assert_int_equal(sched_inherit(&child->thread, &parent->thread), -EBUSY);
	wanted.linux_policy |= SCHED_RESET_ON_FORK;
	assert_int_equal(sched_set_parameters(&parent->thread, &wanted, true), 0);
	assert_int_equal(sched_inherit(&child->thread, &parent->thread), 0);
	assert_int_equal(child->thread.linux_policy, SCHED_NORMAL);
	sched_get_parameters(&parent->thread, &seen);
	assert_int_equal(seen.linux_policy, wanted.linux_policy);
	assert_int_equal(seen.reservation.runtime_ns, MS);
	sched_get_parameters(&child->thread, &seen);
	assert_int_equal(seen.reservation.runtime_ns, 0);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

UNIT_MAIN(CASE(a_loop_gets_its_runtime_in_each_period_and_no_more),
	  CASE(all_deadlines_are_met_up_to_the_limit),
	  CASE(it_waits_neither_for_real_time_threads_nor_while_these_are_throttled),
	  CASE(a_cpu_without_others_idles_while_a_loop_is_held), CASE(sleeping_gains_nothing),
	  CASE(with_a_deadline_before_the_period_it_waits_for_the_next_period),
	  CASE(who_yields_gives_up_the_rest_of_the_period), CASE(more_than_the_limit_is_refused),
	  CASE(wrong_parameters_are_refused), CASE(a_change_gives_no_new_budget),
	  CASE(who_uses_its_runtime_up_is_told_so_if_it_asks),
	  CASE(it_has_no_children_but_ordinary_ones))
