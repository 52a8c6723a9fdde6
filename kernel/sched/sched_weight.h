/* SPDX-License-Identifier: MIT */
/* What several policies count with: nice values as weights, and time in cycles. */
#pragma once

#include "sched/thread.h"
#include "time/clock.h"

/* Of nice 0. */
#define SCHED_WEIGHT_NORMAL 1024UL
/* The setting of policies whose threads have turns: how long one is. */
#define SCHED_QUANTUM                                                                              \
	{                                                                                          \
		.name = "quantum", .is_time = true, .least = 100 * NS_PER_US,                      \
		.most = NS_PER_SECOND, .value = 10 * NS_PER_MS                                     \
	}
/*
 * A slice of which less than this part is left is over: ticks come a little early or late, and one
 * as long as a tick would otherwise last two of them.
 */
#define SCHED_REST_DIVISOR 16

/*
 * What @t counts among others: as on Linux, by 1.25 more for each step of nice, from 15 at 19 to
 * 88761 at -20; 3 for SCHED_IDLE.
 */
u32 sched_weight(const struct thread *t);
/* @cycles of @t, as if it had the weight of nice 0: the more it weighs, the less they count. */
u64 sched_weighted(const struct thread *t, u64 cycles);
/* @ns, at most an hour, in cycles of the clock. */
u64 sched_ns_to_cycles(u64 ns);
