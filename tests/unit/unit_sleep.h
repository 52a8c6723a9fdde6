/* SPDX-License-Identifier: MIT */
/*
 * A thread that sleeps on the host: the world goes on in a function of the test, and the thread
 * with it when that returns. For tests that link sched/waitq.c; a wake-up that is forgotten ends
 * the test. Only the test itself includes this header: it defines functions of sched.h and clock.h.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "sched/sched.h"
#include "time/clock.h"

/*
 * Called when the current thread sleeps; the result is that of sched_sleep. 0: something happened,
 * for which a wake-up must have come. NULL: nothing may sleep.
 */
static int (*unit_asleep)(u64 deadline_ns);
static unsigned unit_nr_sleeps;
static u64 unit_now_ns;

u64 clock_monotonic_ns(void)
{
	return unit_now_ns;
}

void sched_sleep_prepare(enum thread_state state)
{
	current_thread()->state = state;
}

void sched_sleep_finish(void)
{
	current_thread()->state = THREAD_RUNNING;
}

bool sched_wake_states(struct thread *t, u32 states)
{
	if (!(BIT(t->state) & states))
		return false;
	t->state = THREAD_RUNNING;
	return true;
}

int sched_sleep(u64 deadline_ns)
{
	int err;

	if (current_thread()->state == THREAD_RUNNING)
		return 0;
	if (!unit_asleep) {
		fprintf(stderr, "a thread sleeps that no event will wake\n");
		abort();
	}
	unit_nr_sleeps++;
	err = unit_asleep(deadline_ns);
	if (!err && current_thread()->state != THREAD_RUNNING) {
		fprintf(stderr, "a wake-up was forgotten\n");
		abort();
	}
	current_thread()->state = THREAD_RUNNING;
	return err;
}
