// SPDX-License-Identifier: MIT
#include "unit_sleep.h"

#include <stdio.h>
#include <stdlib.h>

#define STAND_IN __attribute__((weak))

int (*unit_asleep)(u64 deadline_ns);
unsigned unit_nr_sleeps;

STAND_IN void sched_sleep_prepare(enum thread_state state)
{
	current_thread()->state = state;
}

STAND_IN void sched_sleep_finish(void)
{
	current_thread()->state = THREAD_RUNNING;
}

STAND_IN bool sched_wake_states(struct thread *t, u32 states)
{
	if (!(BIT(t->state) & states))
		return false;
	t->state = THREAD_RUNNING;
	return true;
}

STAND_IN int sched_sleep(u64 deadline_ns)
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
