/* SPDX-License-Identifier: MIT */
/*
 * What SCHED_FIFO and SCHED_RR threads may take of each period while others are ready, and how
 * much of all CPUs SCHED_DEADLINE threads may reserve:
 * /proc/sys/kernel/sched_rt_runtime_us and sched_rt_period_us.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#define REALTIME_PERIOD_MAX_US (3600L * 1000000)

struct realtime_share {
	s64 runtime_us, period_us; /* a runtime of -1: all of it */
};
/*
 * Context: any. Change returns 0; -EINVAL; -EAGAIN: it is not what it was @before; -EBUSY:
 * SCHED_DEADLINE threads have more.
 */
void realtime_share_get(struct realtime_share *out);
int realtime_share_change(const struct realtime_share *before, const struct realtime_share *fresh)
	__must_check;
