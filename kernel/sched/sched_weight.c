// SPDX-License-Identifier: MIT
#include "sched/sched_weight.h"
#include "arch/arch_clock.h"
#include "time/clock.h"

#include <linux/sched.h>

#define WEIGHT_IDLE 3

/* From nice -20 to 19: Linux's sched_prio_to_weight. */
static const u32 weights[40] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
	9548,  7620,  6100,  4904,  3906,  3121,  2501,	 1991,	1586,  1277,
	1024,  820,   655,   526,   423,   335,	  272,	 215,	172,   137,
	110,   87,    70,    56,    45,	   36,	  29,	 23,	18,    15,
};

u32 sched_weight(const struct thread *t)
{
	return t->linux_policy == SCHED_IDLE ? WEIGHT_IDLE : weights[READ_ONCE(t->nice) + 20];
}

u64 sched_weighted(u32 weight, u64 cycles)
{
	return min(cycles, SCHED_COUNTED_MAX) * SCHED_WEIGHT_NORMAL / weight;
}

s64 sched_reweighed(struct thread *t, s64 lead)
{
	u32 before = t->policy_key, weight = sched_weight(t);

	t->policy_key = weight;
	return before && before != weight ? lead * before / weight : lead;
}

u64 sched_ns_to_cycles(u64 ns)
{
	return ns / NS_PER_US * (arch_clock.frequency_hz / 1000) / 1000;
}
