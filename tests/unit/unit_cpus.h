/* SPDX-License-Identifier: MIT */
/*
 * unit_cpus.h -- a machine of several CPUs whose scheduler a test drives itself. Included behind
 * sched.c, which the test includes, too; the test has the timers and forced preemption.
 */
#pragma once

#include "mm/kstack.h"

#define CPUS 3

static struct thread idles[CPUS];
static struct cpu_totals totals;
static bool need_resched[CPUS]; /* of the CPUs that the test is not on */
static char stack[16];

void *kstack_alloc(void)
{
	return stack;
}

void kstack_free(void *stack_)
{
}

void arch_thread_fini(struct thread *t)
{
}

void arch_thread_adopt_boot(struct thread *t)
{
}

u64 clock_monotonic_ns(void)
{
	return unit_cycles;
}

void arch_smp_send_resched(unsigned cpu)
{
	if (cpu == unit_current_cpu)
		unit_need_resched = true;
	else
		need_resched[cpu] = true;
}

struct thread *arch_thread_switch(struct thread *prev, struct thread *next)
{
	unit_current_thread = next;
	return prev;
}

/* All CPUs are idle, with empty queues, a second after the start. */
static void start_cpus(void)
{
	memset(need_resched, 0, sizeof(need_resched));
	sched_has_others = true;
	unit_cycles = 1000000000;
	for (unsigned i = 0; i < CPUS; i++) {
		struct runqueue *rq = runqueue_of(i);

		memset(rq, 0, sizeof(*rq));
		runqueue_init(rq, i);
		idles[i] = (struct thread){.policy = sched_policy_default(),
					   .state = THREAD_RUNNING,
					   .cpu = i,
					   .affinity = BIT(i),
					   .totals = &totals};
		rq->idle = rq->current = &idles[i];
	}
}
