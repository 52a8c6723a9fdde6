/* SPDX-License-Identifier: MIT */
/*
 * How long a guest has had its chance. A wall clock would blame the guest for what this host did:
 * so time counts only while the emulator was not kept waiting for a CPU of the host, and a stretch
 * in which we ourselves did not run counts little.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct stall_clock {
	pid_t emulator;
	int64_t looked_ns; /* CLOCK_MONOTONIC of the last look */
	int64_t waited_ns; /* how long its threads had waited for a CPU by then */
	int64_t spent_ns;  /* of its chance, since stall_clock_renew */
};

void stall_clock_start(struct stall_clock *clock, pid_t emulator);
/* The guest has shown that it lives. */
void stall_clock_renew(struct stall_clock *clock);
/* How much of its chance the guest has had by now; to be asked a few times a second. */
int64_t stall_clock_spent_ns(struct stall_clock *clock);

/*
 * Nanoseconds that the thread of that process which waited longest has been runnable without a CPU,
 * as /proc says; 0 when it does not.
 */
int64_t stall_clock_waited_ns(pid_t pid);
