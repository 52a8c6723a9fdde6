// SPDX-License-Identifier: MIT
/* Monotonic and real time from the one counter. */
#include "time/clock.h"
#include "arch/arch_clock.h"
#include "core/cmdline.h"

static u64 real_offset_ns; /* real = monotonic + this; [a] */

void clock_init(void)
{
	u64 seconds = cmdline_u64("epoch", 0);

	if (!seconds)
		seconds = arch_clock_wall_seconds();
	__atomic_store_n(&real_offset_ns, seconds * NS_PER_SECOND - arch_clock_ns(),
			 __ATOMIC_RELAXED);
}

u64 clock_monotonic_ns(void)
{
	return arch_clock_ns();
}

u64 clock_real_ns(void)
{
	return arch_clock_ns() + clock_real_offset_ns();
}

u64 clock_real_coarse_ns(void)
{
	return clock_real_ns();
}

void clock_real_set(u64 ns_since_1970)
{
	__atomic_store_n(&real_offset_ns, ns_since_1970 - arch_clock_ns(), __ATOMIC_RELAXED);
}

u64 clock_real_offset_ns(void)
{
	return __atomic_load_n(&real_offset_ns, __ATOMIC_RELAXED);
}
