/* SPDX-License-Identifier: MIT */
// UNIT: sched/sched.c sched/sched_params.c sched/account/*.c sched/sched_choice.c
// UNIT: sched/runqueue.c sched/thread.c
// UNIT: sched/policy_*.c core/cmdline.c lib/string.c lib/fmt.c lib/parse.c lib/boot_options.c
// UNIT: lib/rbtree.c sched/sched_weight.c sched/placement.c
/*
 * The scheduler on a virtual clock.
 *
 * Idea. The real mechanism and the real policies run as on a machine with one CPU; only the clock
 *   and the switch of registers are ours. A task is a thread that does nothing but use the CPU for
 *   some time, then sleep for some time (or yield), and so on. The simulator finds the next event
 *   (a tick, a wake-up, the end of a task's work), lets the clock jump to it, calls what the
 *   interrupt or the task would call, and then does what the end of an interrupt does.
 * Invariants, checked after every event of every case.
 *   M1  The CPU never idles while a thread is ready.
 *   M2  All time goes to some task or to the idle thread.
 *   M3  While a task has the CPU, the CPU ticks; with nohz=full not if it is an ordinary program
 *       and no other is ready.
 */
#pragma once

#include "mm/account.h"
#include "sched/runqueue.h"
#include "sched/sched.h"
#include "sched/sched_params.h"
#include "sched/sched_choice.h"
#include "sched/account/sched_tick.h"
#include "sched/account/user_time.h"
#include "time/clock.h"

#define MS 1000000UL /* the virtual clock counts nanoseconds */
#define SECOND (1000 * MS)
#define TICK (10 * MS)
#define TURN (10 * MS)
#define FOREVER (~0UL)
#define NR_TASKS 512

struct task {
	struct thread thread;
	struct account account;
	u64 work, rest; /* it uses the CPU for so long, and then sleeps for so long */
	bool yields;	/* instead of sleeping */
	bool ends;	/* instead of sleeping: it never wakes */

	u64 work_left, wakes_at; /* wakes_at: 0 when it does not sleep */
	u64 ready_since;
	u64 got, longest_wait;
	u64 ended_at;
	unsigned nr_quick;	      /* how often it had the CPU within an eighth of a slice */
	unsigned nr_rounds, nr_turns; /* pieces of work done; times that it was given the CPU */
};

extern struct task tasks[NR_TASKS];
extern unsigned nr_tasks;
extern u64 idled, nr_ticks;

/* An empty machine with the policy of the text (sched_choose). */
void sim_start(const char *policy);
/* A task of the user whose share of the CPU is @share, which works and rests by turns. */
struct task *task_new(unsigned share, u64 work, u64 rest);
struct task *task_start(struct task *task);
/* Started: one that uses the CPU without end, one that sleeps in between, one that ends. */
struct task *hog(unsigned share);
struct task *sleeper(unsigned share, u64 work, u64 rest);
struct task *job(u64 work);
/* Started, as a child of @parent. */
struct task *child_of(struct task *parent, u64 work, u64 rest);
/* Not started. */
struct task *realtime_new(u32 policy, u32 priority, u64 work, u64 rest);
/* What is done at the end of every interrupt: after a change from outside. */
void end_of_interrupt(void);
/* Let @ns pass. */
void run_for(u64 ns);
/* What all tasks and the idle thread had together. */
u64 got_by_all(void);
/* Forget what was measured until now. */
void measure_from_now(void);
/* Cases that several policies have; each begins with an empty machine of the policy's text. */

/*
 * Of two threads that never wait, one with this nice value: what part of a thousand does it get in
 * @ns?
 */
u64 share_of_nice(const char *policy, int nice, u64 ns);
/* Nice values are weights as Linux has them. */
void assert_shares_are_as_the_weights(const char *policy);
/* A thread of SCHED_IDLE has a weight of 3. */
void assert_idle_class_weighs_least(const char *policy);
/*
 * A thread of SCHED_IDLE that has had a turn, and then comes to weigh most, does not wait for as
 * long as one of that weight would that is as far ahead.
 */
void assert_a_debt_is_cpu_time(const char *policy);
/*
 * A thread of the share @share that comes when another, of share 1, has had the CPU for long gets
 * half from then on, give or take @tolerance of a hundredth: nothing for the time before.
 */
void assert_a_rest_is_not_saved_up(const char *policy, unsigned share, u64 tolerance);
/* A thread that goes on as its own child, and again, gets no more by it. */
void assert_nothing_is_gained_by_children(const char *policy);
/* Nor does one that has its work done by children, of which each ends before its turn does. */
void assert_nothing_is_gained_by_rows_of_children(const char *policy);
/*
 * Each CPU's threads are compared with each other only: one that had much of another CPU does not
 * wait until the threads here have had as much.
 */
void assert_another_cpu_is_new(const char *text, const struct sched_policy *policy);
/* In so many mixtures of threads that compute, sleep and yield nobody waits for long. */
void assert_nobody_starves(const char *policy, unsigned nr_mixtures);

/* Is @part the share of @whole that @percent says, give or take @tolerance of a hundredth? */
void assert_percent(u64 part, u64 whole, u64 percent, u64 tolerance);
