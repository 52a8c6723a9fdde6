// SPDX-License-Identifier: MIT
/* The shortest expected burst goes first; what is expected follows what was. */
#include "unit_sched.h"
#include "unit_test.h"

static int setup(void **state)
{
	sim_start("sjf,alpha=50,initial=10ms,preempt=0");
	return 0;
}

/* The thread has had bursts of @burst, as many as it takes to know it. */
static struct task *known(u64 burst)
{
	struct task *task = sleeper(1, burst, MS);

	for (unsigned i = 0; i < 40; i++)
		run_for(burst + MS);
	while (!task->wakes_at)
		run_for(MS);
	return task;
}

/* Let @task begin a burst of @work now that is its last. */
static void last_burst(struct task *task, u64 work)
{
	task->work_left = work;
	task->ends = true;
	task->wakes_at = unit_cycles + 1;
}

static void the_shortest_goes_first(void **state)
{
	struct task *longest, *middle, *shortest;

	longest = known(30 * MS);
	last_burst(longest, FOREVER - 1); /* and it is kept away while the others are tried */
	longest->wakes_at = FOREVER - 1;
	middle = known(20 * MS);
	middle->wakes_at = FOREVER - 1;
	shortest = known(4 * MS);
	job(50 * MS); /* has the CPU while the others wake */
	last_burst(longest, 30 * MS);
	last_burst(middle, 20 * MS);
	last_burst(shortest, 4 * MS);
	run_for(SECOND);
	assert_in_range(shortest->ended_at, 1, middle->ended_at - 20 * MS);
	assert_in_range(middle->ended_at, 1, longest->ended_at - 30 * MS);
}

/* After one burst of 40 ms the thread is expected to need (10 + 40) / 2: more than a new one. */
static void what_is_expected_is_an_average(void **state)
{
	struct task *task = sleeper(1, 40 * MS, 100 * MS), *a_job;
	u64 over = 26 * MS, under = 24 * MS;

	for (u64 *other = &over; other; other = other == &over ? &under : NULL) {
		u64 begun;

		setup(NULL);
		begun = unit_cycles;
		task = sleeper(1, 40 * MS, 100 * MS);
		run_for(50 * MS);
		assert_int_equal(task->nr_rounds, 1);
		assert_int_equal(
			sched_choose(other == &over ? "sjf,initial=26ms" : "sjf,initial=24ms"), 0);
		end_of_interrupt();
		job(200 * MS);
		a_job = job(MS);
		run_for(SECOND);
		/* The job came first to the queue, but that is not what counts. */
		assert_true((a_job->ended_at < begun + 270 * MS) == (other == &under));
	}
}

static void a_burst_is_not_interrupted(void **state)
{
	struct task *shorter = known(MS), *running;

	running = job(SECOND);
	run_for(5 * SECOND);
	assert_int_equal(running->nr_turns, 1);
	assert_in_range(shorter->longest_wait, SECOND - 10 * MS, SECOND + MS);
}

static void with_preemption_the_shorter_takes_the_cpu(void **state)
{
	struct task *shorter, *running;

	sim_start("sjf,initial=1s,preempt=1");
	shorter = known(MS);
	measure_from_now();
	running = job(SECOND);
	run_for(5 * SECOND);
	assert_in_range(shorter->longest_wait, 0, MS); /* at the end of that job */
	assert_in_range(shorter->nr_quick, shorter->nr_turns - 1, shorter->nr_turns);
	assert_in_range(running->ended_at, 1, unit_cycles);
}

/* The tick notices that a thread is not what it was expected to be. */
static void who_outruns_its_expectation_leaves_the_cpu(void **state)
{
	struct task *changed;
	u64 before;

	sim_start("sjf,initial=10ms,preempt=1");
	changed = known(MS);
	before = unit_cycles;
	changed->work_left = FOREVER;
	changed->wakes_at = unit_cycles + 1;
	run_for(2);
	run_for(job(9 * MS)->work * 4);
	assert_in_range(tasks[1].ended_at, before, before + 9 * MS + 2 * TICK + MS);
}

/* It has run for 30 ms and was to run for 10: another of 20 ms comes first, one of 50 does not. */
static void who_has_outrun_it_is_expected_to_go_on_as_long_again(void **state)
{
	struct task *middle, *longer, *running;

	sim_start("sjf,initial=10ms,preempt=1");
	longer = known(50 * MS);
	longer->wakes_at = FOREVER - 1;
	middle = known(20 * MS);
	middle->wakes_at = FOREVER - 1;
	running = hog(1);
	run_for(30 * MS);
	measure_from_now();
	longer->wakes_at = unit_cycles + 1;
	run_for(2);
	assert_ptr_equal(current_thread(), &running->thread);
	middle->wakes_at = unit_cycles + 1;
	run_for(2);
	assert_ptr_equal(current_thread(), &middle->thread);
}

static void a_long_one_starves_while_shorter_ones_come(void **state)
{
	struct task *starved;

	known(3 * MS);
	known(2 * MS);
	tasks[0].rest = tasks[1].rest = MS; /* together they leave nothing */
	run_for(50 * MS);
	starved = hog(1);
	measure_from_now();
	run_for(10 * SECOND);
	assert_int_equal(starved->got, 0);
}

static void a_child_is_expected_to_be_like_its_parent(void **state)
{
	struct task *parent = known(40 * MS), *child, *other;

	job(30 * MS);
	child = child_of(parent, FOREVER, 0);
	other = job(11 * MS); /* a new thread: 10 ms */
	parent->wakes_at = FOREVER - 1;
	run_for(SECOND);
	assert_true(other->ended_at);
	assert_true(child->got);
}

/* It has outrun its 1 ms, and forks in place of going on: one of 20 ms has its turn anyhow. */
static void nothing_is_gained_by_children(void **state)
{
	struct task *line, *middle;

	sim_start("sjf,initial=10ms,preempt=1");
	line = known(MS);
	line->wakes_at = FOREVER - 1;
	middle = known(20 * MS);
	line->work_left = FOREVER;
	line->wakes_at = unit_cycles + 1;
	run_for(2);
	last_burst(middle, 20 * MS);
	while (!middle->ended_at && nr_tasks < NR_TASKS) {
		run_for(TICK);
		if (current_thread() != &line->thread)
			continue;
		line->work_left = 1;
		line->ends = true;
		line = child_of(line, FOREVER, 0);
	}
	assert_true(middle->ended_at);
}

UNIT_MAIN(cmocka_unit_test_setup(the_shortest_goes_first, setup),
	  cmocka_unit_test_setup(what_is_expected_is_an_average, setup),
	  cmocka_unit_test_setup(a_burst_is_not_interrupted, setup),
	  cmocka_unit_test_setup(with_preemption_the_shorter_takes_the_cpu, setup),
	  cmocka_unit_test_setup(who_outruns_its_expectation_leaves_the_cpu, setup),
	  cmocka_unit_test_setup(who_has_outrun_it_is_expected_to_go_on_as_long_again, setup),
	  cmocka_unit_test_setup(a_long_one_starves_while_shorter_ones_come, setup),
	  cmocka_unit_test_setup(nothing_is_gained_by_children, setup),
	  cmocka_unit_test_setup(a_child_is_expected_to_be_like_its_parent, setup))
