/* SPDX-License-Identifier: MIT */
// UNIT: sched/sched_choice.c sched/runqueue.c core/cmdline.c lib/string.c
// UNIT: lib/fmt.c lib/parse.c lib/boot_options.c lib/rbtree.c
// UNIT: sched/policy_*.c sched/sched_weight.c sched/placement.c
/*
 * sched_model.h -- threads on several CPUs, for tests of how they sleep and wake, by interleave.h.
 *
 * Idea. Each CPU runs one thread, and its idle thread when that sleeps. What runs is the code of
 *   waitq.c, sched.c and the files of sched/account itself, and of the lock that a test includes
 *   after this; the policies run under the run queue's lock and need no steps.
 */
#pragma once

#include "coroutine.h"
#include "interleave.h"

#include "mm/account.h"

static unsigned nr_cpus_up;
#define arch_smp_nr_cpus() nr_cpus_up /* as waiters for a lock see it */
/* A waiter on its CPU keeps nothing from one turn to the next. */
#define arch_cpu_relax() interleave_here(~0UL)
#include "sched/sched.c"
#include "sched/account/load_average.c"
#include "sched/account/sched_account.c"
#include "sched/account/sched_tick.c"
#include "sched/account/user_time.c"
#include "sched/waitq.c"

/*
 * The test named @function explores function_run and function_check on @nr CPUs. _SEEING: those who
 * wait for a lock see that @nr_up CPUs run.
 */
#define RUN(nr, function) RUN_SEEING(0, nr, function)
#define RUN_SEEING(nr_up, nr, function)                                                            \
	static void function(void **state)                                                         \
	{                                                                                          \
		nr_cpus_up = nr_up;                                                                \
		explore(nr, function##_run, function##_check);                                     \
	}

#include "sched_model_machine.h"

static struct account account;
static struct cpu_totals totals[NR_CPUS]; /* one for each CPU, which makes no steps */

/* What the threads work with. */
static struct waitq queue;
static u32 flag, inside;
static int results[NR_CPUS];

/* The test's own part, beside that. */
static void reset_more(void);
static u64 hash_more(u64 h);

static void reset(void)
{
	memset(threads, 0, sizeof(threads));
	memset(idles, 0, sizeof(idles));
	waitq_init(&queue);
	flag = inside = 0;
	unit_cycles = 0;
	spin_lock_init(&timer_lock, leaf);
	timer_armed = timer_fires = NULL;
	memset(results, 0, sizeof(results));
	memset(idles_begun, 0, sizeof(idles_begun));
	for (unsigned i = 0; i < NR_CPUS; i++) {
		struct runqueue *rq = runqueue_of(i);

		memset(rq, 0, sizeof(*rq));
		runqueue_init(rq, i);
		rq->idle = &idles[i];
		rq->current = &threads[i];
		threads[i].policy = idles[i].policy = &policy_round_robin;
		threads[i].cpu = idles[i].cpu = i;
		threads[i].state = idles[i].state = THREAD_RUNNING;
		threads[i].affinity = idles[i].affinity = ~0UL;
		threads[i].account = &account;
		threads[i].totals = idles[i].totals = &totals[i];
		interleave_begin_as(i, &threads[i]);
		interleave_stack(&stack_pointers[i][1], i, idle);
	}
	reset_more();
}

/* What of @list is not written by steps: under its lock. */
static u64 hash_list(u64 h, const struct list_node *list)
{
	const struct list_node *node = list;

	do {
		h = interleave_mix(h, (uintptr_t)node);
		node = node->next;
	} while (node != list);
	return h;
}

static u64 hash(u64 h)
{
	h = hash_list(h, &queue.entries);
	for (unsigned i = 0; i < NR_CPUS; i++) {
		const struct thread *t = &threads[i];
		const struct runqueue *rq = runqueue_of(i);

		h = interleave_mix(h, t->state | (u64)t->work << 24 | (u64)rq->nr_ready << 32);
		h = interleave_mix(h,
				   (uintptr_t)rq->current + idles_begun[i] + 2 * !rq->nr_switches);
		h = interleave_mix(h, (u64)results[i]);
	}
	h = interleave_mix(h, (uintptr_t)timer_armed);
	h = interleave_mix(h, unit_cycles);
	h = interleave_mix(h, (u64)flag << 8 | (u64)inside << 16);
	return hash_more(h);
}

static void explore(unsigned nr, void (*run)(unsigned cpu), void (*check)(void))
{
	struct interleave model = {
		.nr_cpus = nr, .reset = reset, .run = run, .hash = hash, .check = check};

	interleave_explore(&model);
}
