/* SPDX-License-Identifier: MIT */
/*
 * The time in which a guest could run. A wall clock would blame the guest for a busy host: so time
 * in which the emulator waited for a CPU of the host does not count, and time in which this process
 * did not run counts little.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct stall_clock {
	pid_t emulator;
	int64_t looked_ns; /* CLOCK_MONOTONIC at the last call */
	int64_t waited_ns; /* how long its threads had waited for a CPU by then */
	int64_t spent_ns;  /* since stall_clock_renew */
};

void stall_clock_start(struct stall_clock *clock, pid_t emulator);
/* The guest has answered: start again from 0. */
void stall_clock_renew(struct stall_clock *clock);
/* The time since stall_clock_renew in which the guest could run. Call it several times a second. */
int64_t stall_clock_spent_ns(struct stall_clock *clock);

/*
 * For how many nanoseconds a thread of that process has been runnable without a CPU, by /proc; of
 * the thread that waited longest. 0 if /proc does not say.
 */
int64_t stall_clock_waited_ns(pid_t pid);
