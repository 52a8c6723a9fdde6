/* SPDX-License-Identifier: MIT */
/*
 * The machine of sched_model.h, which includes this: one timer, whose interrupt comes at any time;
 * the clock, which stands still; the switch, and what an idle thread does.
 */
#pragma once

#include "coroutine.h"
#include "interleave.h"

#include "sched/sched.h"
#include "time/clock.h"
#include "time/timer.h"

#define NR_CPUS INTERLEAVE_CPUS_MAX

static struct thread threads[NR_CPUS], idles[NR_CPUS];
static void *stack_pointers[NR_CPUS][2]; /* thread, idle thread */
static struct thread *switched_from[NR_CPUS];
static bool idles_begun[NR_CPUS];

void arch_smp_send_resched(unsigned cpu)
{
	interleave_send_resched(cpu);
}

u64 clock_monotonic_ns(void)
{
	return 0;
}

/* Timers: one, whose interrupt comes at any time. */

static struct spinlock timer_lock;
static struct timer *timer_armed, *timer_fires;

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
	timer->fire = fire;
}

void timer_set(struct timer *timer, u64 deadline_ns)
{
	spin_lock(&timer_lock);
	timer_armed = timer;
	spin_unlock(&timer_lock);
}

void timer_cancel_wait(struct timer *timer)
{
	spin_lock(&timer_lock);
	timer_armed = NULL;
	spin_unlock(&timer_lock);
	while (__atomic_load_n(&timer_fires, __ATOMIC_ACQUIRE) == timer)
		;
}

__attribute__((unused)) static void timer_interrupt(void)
{
	struct timer *timer;

	spin_lock(&timer_lock);
	timer = timer_armed;
	timer_armed = NULL;
	WRITE_ONCE(timer_fires, timer);
	spin_unlock(&timer_lock);
	if (timer)
		timer->fire(timer);
	__atomic_store_n(&timer_fires, NULL, __ATOMIC_RELEASE);
}

static void **stack_of(struct thread *t)
{
	return t >= threads && t < threads + NR_CPUS ? &stack_pointers[t - threads][0]
						     : &stack_pointers[t - idles][1];
}

struct thread *arch_thread_switch(struct thread *prev, struct thread *next)
{
	unsigned cpu = unit_current_cpu;

	switched_from[cpu] = prev;
	unit_current_thread = next;
	coroutine_switch(stack_of(prev), *stack_of(next));
	return switched_from[cpu];
}

static void idle(void)
{
	idles_begun[unit_current_cpu] = true;
	finish_switch(switched_from[unit_current_cpu]);
	preempt_enable_no_resched();
	for (;;) {
		interleave_wait_resched();
		sched_preempt_interrupted();
	}
}
