/* SPDX-License-Identifier: MIT */
// UNIT: sched/waitq.c
/*
 * A thread that sleeps on the host: the world goes on in a function of the test, and the thread
 * with it when that returns. A wake-up that is forgotten ends the test.
 */
#pragma once

#include "sched/sched.h"

/*
 * Called when the current thread sleeps; the result is that of sched_sleep. 0: something happened,
 * for which a wake-up must have come. NULL: nothing may sleep.
 */
extern int (*unit_asleep)(u64 deadline_ns);
extern unsigned unit_nr_sleeps;
extern u64 unit_now_ns; /* clock_monotonic_ns() */
