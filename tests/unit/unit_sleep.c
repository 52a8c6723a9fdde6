// SPDX-License-Identifier: MIT
#include "unit_sleep.h"

#include <stdio.h>
#include <stdlib.h>

#include "time/clock.h"

int (*unit_asleep)(u64 deadline_ns);
unsigned unit_nr_sleeps;
u64 unit_now_ns;

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
