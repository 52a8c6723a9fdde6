// SPDX-License-Identifier: MIT
/* unit_sched.c -- the machine with one CPU and a virtual clock that policies are tried on. */
#include "unit_sched.h"
#include "unit_test.h"

#include "arch/arch_thread.h"
#include "mm/kstack.h"
#include "time/timer.h"

#include <linux/sched.h>

struct task tasks[NR_TASKS];
unsigned nr_tasks;
u64 idled, nr_ticks;
static u64 next_tick, stopped_tick; /* stopped_tick: when the next one would have been; or 0 */

/* ---- the machine ---------------------------------------------------------------------------- */

static char stacks[NR_TASKS][16];

void *kstack_alloc(void)
{
	return stacks[nr_tasks];
}

u64 clock_monotonic_ns(void)
{
	return unit_cycles;
}

/* One timer is enough: that of the policy which has one. */
static struct timer *timer_armed;

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
	timer->fire = fire;
}

void timer_set(struct timer *timer, u64 deadline_ns)
{
	timer->deadline_ns = max(deadline_ns, unit_cycles);
	timer_armed = timer;
}

static void timer_interrupt(void)
{
	struct timer *timer = timer_armed;

	if (timer && timer->deadline_ns <= unit_cycles) {
		timer_armed = NULL;
		timer->fire(timer);
	}
}

void timer_stop_tick(void)
{
	stopped_tick = next_tick;
	next_tick = FOREVER;
}

void timer_put_off_tick(u64 least_ns)
{
	stopped_tick = next_tick;
	while (next_tick <= unit_cycles + least_ns)
		next_tick += TICK;
}

void timer_resume_tick(u64 now_ns)
{
	assert_true(stopped_tick && now_ns == unit_cycles);
	while (stopped_tick <= unit_cycles)
		stopped_tick += TICK;
	next_tick = stopped_tick;
	stopped_tick = 0;
}

void arch_smp_send_resched(unsigned cpu)
{
	assert_int_equal(cpu, 0);
	unit_need_resched = true;
}

void arch_thread_adopt_boot(struct thread *t)
{
	unit_current_thread = t;
}

/* The task of a thread; NULL: the idle thread. */
static struct task *task_of(struct thread *t)
{
	bool is_task = (char *)t >= (char *)tasks && (char *)t < (char *)(tasks + NR_TASKS);

	return is_task ? container_of(t, struct task, thread) : NULL;
}

struct thread *arch_thread_switch(struct thread *prev, struct thread *next)
{
	struct task *from = task_of(prev), *to = task_of(next);

	if (from)
		from->ready_since = unit_cycles;
	if (to) {
		u64 waited = unit_cycles - to->ready_since;

		to->longest_wait = max(to->longest_wait, waited);
		to->nr_quick += waited <= TURN / 8;
		to->nr_turns++;
	}
	unit_current_thread = next;
	return prev;
}

void end_of_interrupt(void)
{
	arch_irq_disable();
	if (unit_need_resched)
		sched_preempt_interrupted();
	arch_irq_enable();
	assert_true(task_of(current_thread()) || !runqueue_of(0)->nr_ready); /* M1 */
	if (task_of(current_thread()) && stopped_tick)			     /* M3 */
		assert_true(user_time_on && !runqueue_of(0)->nr_ready &&
			    thread_is_user(current_thread()) &&
			    sched_policy_is_ordinary(current_thread()->policy));
}

/* ---- the simulator -------------------------------------------------------------------------- */

void sim_start(const char *policy)
{
	memset(tasks, 0, sizeof(tasks));
	memset(runqueue_of(0), 0, sizeof(struct runqueue));
	nr_tasks = 0;
	idled = 0;
	unit_cycles = (unit_cycles / (100 * SECOND) + 1) * 100 * SECOND; /* it never goes back */
	next_tick = unit_cycles + TICK;
	stopped_tick = 0;
	unit_need_resched = false;
	timer_armed = NULL;
	sched_init();
	assert_int_equal(sched_choose(policy), 0);
}

struct task *task_new(unsigned share, u64 work, u64 rest)
{
	struct task *task = &tasks[nr_tasks];

	assert_in_range(nr_tasks, 0, NR_TASKS - 1);
	assert_int_equal(thread_init(&task->thread, "task"), 0);
	nr_tasks++;
	task->account.cpu_share = share;
	task->thread.account = &task->account;
	task->work = task->work_left = work;
	task->rest = rest;
	return task;
}

struct task *task_start(struct task *task)
{
	task->ready_since = unit_cycles;
	sched_start(&task->thread);
	end_of_interrupt();
	return task;
}

struct task *hog(unsigned share)
{
	return task_start(task_new(share, FOREVER, 0));
}

struct task *sleeper(unsigned share, u64 work, u64 rest)
{
	return task_start(task_new(share, work, rest));
}

struct task *job(u64 work)
{
	struct task *task = task_new(1, work, 0);

	task->ends = true;
	return task_start(task);
}

struct task *child_of(struct task *parent, u64 work, u64 rest)
{
	struct task *child = task_new(parent->account.cpu_share, work, rest);

	assert_int_equal(sched_inherit(&child->thread, &parent->thread), 0);
	return task_start(child);
}

struct task *realtime_new(u32 policy, u32 priority, u64 work, u64 rest)
{
	struct task *task = task_new(0, work, rest);

	assert_int_equal(sched_set_policy(&task->thread, policy, priority, true), 0);
	return task;
}

static u64 next_event(u64 end)
{
	struct task *task = task_of(current_thread());
	u64 next = min(end, next_tick);

	if (timer_armed)
		next = min(next, timer_armed->deadline_ns);
	if (task && task->work_left != FOREVER)
		next = min(next, unit_cycles + task->work_left);
	for (unsigned i = 0; i < nr_tasks; i++)
		if (tasks[i].wakes_at)
			next = min(next, tasks[i].wakes_at);
	return next;
}

static void pass_time(u64 until)
{
	struct task *task = task_of(current_thread());
	u64 ns = until - unit_cycles;

	unit_cycles = until;
	if (!task) {
		idled += ns;
		return;
	}
	task->got += ns;
	if (task->work_left != FOREVER)
		task->work_left -= ns;
}

static void end_of_work(struct task *task)
{
	task->nr_rounds++;
	task->work_left = task->work;
	if (task->ends) {
		task->ended_at = unit_cycles;
		sched_sleep_prepare(THREAD_UNINTERRUPTIBLE);
		schedule();
	} else if (task->yields) {
		sched_yield();
	} else if (task->rest) {
		task->wakes_at = unit_cycles + task->rest;
		sched_sleep_prepare(THREAD_SLEEPING);
		schedule();
	}
}

static void wake_due(void)
{
	for (unsigned i = 0; i < nr_tasks; i++) {
		struct task *task = &tasks[i];

		if (!task->wakes_at || task->wakes_at > unit_cycles)
			continue;
		task->wakes_at = 0;
		task->ready_since = unit_cycles;
		assert_true(sched_wake(&task->thread));
	}
}

void run_for(u64 ns)
{
	u64 end = unit_cycles + ns;

	while (unit_cycles < end) {
		struct task *task;

		pass_time(next_event(end));
		task = task_of(current_thread());
		if (task && !task->work_left)
			end_of_work(task);
		wake_due();
		timer_interrupt();
		if (unit_cycles == next_tick) {
			next_tick += TICK;
			nr_ticks++;
			if (task)
				stopped_tick = 0;
			sched_tick(true);
		}
		end_of_interrupt();
	}
}

u64 got_by_all(void)
{
	u64 sum = idled;

	for (unsigned i = 0; i < nr_tasks; i++)
		sum += tasks[i].got;
	return sum;
}

void measure_from_now(void)
{
	for (unsigned i = 0; i < nr_tasks; i++) {
		tasks[i].got = tasks[i].longest_wait = 0;
		tasks[i].nr_rounds = tasks[i].nr_turns = tasks[i].nr_quick = 0;
	}
	idled = 0;
}

void assert_percent(u64 part, u64 whole, u64 percent, u64 tolerance)
{
	u64 is = part * 1000 / whole;

	if (is + tolerance * 10 < percent * 10 || is > (percent + tolerance) * 10)
		fail_msg("%lu.%lu %%, expected %lu", is / 10, is % 10, percent);
}

/* ---- cases of several policies -------------------------------------------------------------- */

u64 share_of_nice(const char *policy, int nice, u64 ns)
{
	struct task *nicer, *normal;

	sim_start(policy);
	normal = hog(1);
	nicer = hog(1);
	assert_int_equal(sched_set_nice(&nicer->thread, nice), 0);
	run_for(ns);
	return nicer->got * 1000 / (normal->got + nicer->got);
}

void assert_shares_are_as_the_weights(const char *policy)
{
	assert_in_range(share_of_nice(policy, 0, 100 * SECOND), 499, 501);
	assert_in_range(share_of_nice(policy, 1, 100 * SECOND), 443, 446); /* 820 of 1844 */
	assert_in_range(share_of_nice(policy, 5, 100 * SECOND), 245, 248);
	assert_in_range(share_of_nice(policy, -5, 100 * SECOND), 752, 755);
	assert_in_range(share_of_nice(policy, 19, 100 * SECOND), 14, 16);
	assert_in_range(share_of_nice(policy, -20, 100 * SECOND), 987, 990);
}

void assert_idle_class_weighs_least(const char *policy)
{
	struct task *idle, *nice;

	sim_start(policy);
	idle = task_new(1, FOREVER, 0);
	nice = hog(1);
	assert_int_equal(sched_set_policy(&idle->thread, SCHED_IDLE, 0, true), 0);
	assert_int_equal(sched_set_nice(&nice->thread, 19), 0);
	task_start(idle);
	run_for(100 * SECOND);
	assert_percent(idle->got, 100 * SECOND, 17, 1); /* 3 of 18 */
}

/* 10 ms are 3.4 s of the virtual time of SCHED_IDLE, and those 295 s of a thread at nice -20. */
void assert_a_debt_is_cpu_time(const char *policy)
{
	struct task *changes, *normal;

	sim_start(policy);
	changes = task_new(1, FOREVER, 0);
	assert_int_equal(sched_set_policy(&changes->thread, SCHED_IDLE, 0, true), 0);
	task_start(changes);
	normal = hog(1);
	run_for(SECOND / 2);
	while (current_thread() != &changes->thread)
		run_for(MS);
	while (current_thread() == &changes->thread)
		run_for(MS);
	assert_int_equal(sched_set_policy(&changes->thread, SCHED_NORMAL, 0, true), 0);
	assert_int_equal(sched_set_nice(&changes->thread, -20), 0);
	end_of_interrupt();
	measure_from_now();
	run_for(SECOND);
	assert_percent(changes->got, SECOND, 96, 3);
	assert_true(normal->got);
}

void assert_a_rest_is_not_saved_up(const char *policy, unsigned share, u64 tolerance)
{
	struct task *steady, *late;

	sim_start(policy);
	steady = hog(1);
	late = task_new(share, FOREVER, 0);
	run_for(20 * SECOND);
	task_start(late);
	measure_from_now();
	run_for(SECOND);
	assert_percent(steady->got, SECOND, 50, tolerance);
	assert_percent(late->got, SECOND, 50, tolerance);
}

void assert_nothing_is_gained_by_children(const char *policy)
{
	struct task *honest, *line;

	sim_start(policy);
	honest = hog(1);
	line = hog(1);
	assert_int_equal(sched_set_nice(&line->thread, 10), 0); /* 110 of 1134 */
	while (nr_tasks < 64) {
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

/* What part of a hundred have @nr_hogs, each of which has one thread, beside such a family? */
static u64 part_of_hogs(const char *policy, unsigned nr_hogs)
{
	struct task *parent, *child;
	u64 got = 0;

	sim_start(policy);
	for (unsigned i = 0; i < nr_hogs; i++)
		hog(1);
	run_for(SECOND);
	parent = sleeper(1, MS / 20, 3600 * SECOND);
	measure_from_now();
	while (nr_tasks < 100) {
		unsigned nr_rounds = parent->nr_rounds;

		while (current_thread() != &parent->thread)
			run_for(MS / 50);
		child = task_new(1, TURN - MS, 0);
		child->ends = true;
		assert_int_equal(sched_inherit(&child->thread, &parent->thread), 0);
		task_start(child);
		while (parent->nr_rounds == nr_rounds || !child->ended_at)
			run_for(MS / 50);
		parent->wakes_at = unit_cycles; /* it has waited for its child */
		run_for(1);
	}
	for (unsigned i = 0; i < nr_hogs; i++)
		got += tasks[i].got;
	return got * 100 / got_by_all();
}

void assert_nothing_is_gained_by_rows_of_children(const char *policy)
{
	assert_in_range(part_of_hogs(policy, 1), 50, 100);
	assert_in_range(part_of_hogs(policy, 13), 92, 100);
}

void assert_another_cpu_is_new(const char *text, const struct sched_policy *policy)
{
	struct runqueue *here = runqueue_of(0), *there = runqueue_of(1);
	struct thread *moves, *fresh;

	sim_start(text);
	hog(1);
	hog(1);
	run_for(100 * SECOND);
	fresh = &task_new(1, FOREVER, 0)->thread;
	there->cpu = 1;
	policy->init_cpu(there);
	moves = policy->pick(here);
	policy->enqueue(there, fresh, SCHED_NEW);
	policy->enqueue(there, moves, SCHED_PREEMPTED);
	if (policy->pick(there) == moves)
		return;
	assert_true(policy->charge(there, fresh, SECOND));
	policy->enqueue(there, fresh, SCHED_PREEMPTED);
	assert_ptr_equal(policy->pick(there), moves);
}

static void start_random_task(u64 *random)
{
	u64 kind = unit_random(random) % 4;
	unsigned share = unit_random(random) % 3;
	u64 work = kind ? 1 + unit_random(random) % (15 * MS) : FOREVER;
	u64 rest = kind > 1 ? 1 + unit_random(random) % (20 * MS) : 0;
	struct task *task = task_new(share, work, rest);

	task->yields = kind == 1;
	task_start(task);
}

void assert_nobody_starves(const char *policy, unsigned nr_mixtures)
{
	for (u64 seed = 1; seed <= nr_mixtures; seed++) {
		u64 random = seed * 0x9e3779b97f4a7c15UL;
		unsigned nr = 2 + unit_random(&random) % 20;

		sim_start(policy);
		for (unsigned i = 0; i < nr; i++)
			start_random_task(&random);
		run_for(4 * SECOND);
		assert_int_equal(got_by_all(), 4 * SECOND); /* M2 */
		for (unsigned i = 0; i < nr; i++) {
			assert_true(tasks[i].nr_turns);
			assert_in_range(tasks[i].longest_wait, 0, nr * (TURN + TICK) * 2);
		}
	}
}
