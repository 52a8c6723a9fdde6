/* SPDX-License-Identifier: MIT */
/*
 * How far the time-stamp counters of two CPUs are apart, by an exchange of their values: one CPU
 * reads its counter, asks the other for its own, and reads again. The other read in between, so
 * its counter is ahead by no less than (answer - after), and by no more than (answer - before).
 */
#pragma once

#include "lib/compiler.h"

/* By how much the other's counter is ahead: between these, after all exchanges. */
struct counter_bounds {
	s64 least, most;
};
#define COUNTER_BOUNDS_INIT                                                                        \
	{                                                                                          \
		.least = -(s64)(~0UL >> 1), .most = (s64)(~0UL >> 1)                               \
	}

/* One exchange. Counters begin anywhere: differences count. */
void counter_bounds_add(struct counter_bounds *b, u64 before, u64 answer, u64 after);
/* Can the counters be the same, and have been so in all exchanges? */
bool counter_bounds_agree(const struct counter_bounds *b);
/* What is to be added to one's own counter for them to agree: 0 if they do. */
s64 counter_bounds_correction(const struct counter_bounds *b);
