/* SPDX-License-Identifier: MIT */
/* How many threads ran or were ready in the last 1, 5 and 15 minutes: getloadavg(3). */
#pragma once

#include "lib/types.h"

#define LOAD_AVERAGES 3 /* fixed point, 11 bits */

/* From each tick, at @now_ns. Context: interrupts off. */
void load_average_update(u64 now_ns);
/* No CPU has had ticks until @now_ns, and none had anything to run. Context: interrupts off. */
void load_average_catch_up(u64 now_ns);
void load_average_get(u64 averages[LOAD_AVERAGES]);
/* Threads that run or are ready now, on all CPUs: each of these at a moment of its own. */
unsigned sched_nr_running(void);
