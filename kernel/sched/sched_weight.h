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
/*
 * More cycles than this in one piece count as so many: over two seconds, where no tick or setting
 * is longer than one. Only if the machine itself stands still a thread is charged with more.
 */
#define SCHED_COUNTED_MAX (1UL << 34)
/*
 * @cycles of a thread of this @weight, as if it had the weight of nice 0: the more it weighs, the
 * less they count. Less than 2^43.
 */
u64 sched_weighted(u32 weight, u64 cycles);
/*
 * What @t is ahead or behind, in weighted cycles, was @lead when its weight was t->policy_key (0:
 * it has been the same ever since). What is it now, so that it is as many cycles? The weight is
 * noted in policy_key. @lead: up to 2^45.
 */
s64 sched_reweighed(struct thread *t, s64 lead);
/* @ns, at most an hour, in cycles of the clock. */
u64 sched_ns_to_cycles(u64 ns);
