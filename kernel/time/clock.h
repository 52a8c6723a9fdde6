/* SPDX-License-Identifier: MIT */
/* The clocks that programs see: monotonic (never set) and real (set by clock_settime). */
#pragma once

#include "arch/arch_clock.h"
#include "lib/compiler.h"

struct clock_page;

#define NS_PER_SECOND 1000000000UL
#define NS_PER_MS 1000000UL
#define NS_PER_US 1000UL
#define US_PER_SECOND 1000000L

/* Seconds that a program passed, in nanoseconds; the maximum when they do not fit. */
static inline u64 clock_ns_of_seconds(u64 seconds)
{
	u64 ns;

	return __builtin_mul_overflow(seconds, NS_PER_SECOND, &ns) ? ~0UL : ns;
}

/*
 * The seconds of @ns since 1970, and the nanoseconds in *@rest: a time before 1970 has negative
 * seconds and, as always, positive nanoseconds.
 */
static inline s64 clock_split_ns(s64 ns, u64 *rest)
{
	u64 seconds;

	if (likely(ns >= 0)) {
		seconds = (u64)ns / NS_PER_SECOND;
		*rest = (u64)ns - seconds * NS_PER_SECOND;
		return (s64)seconds;
	}
	seconds = (-(u64)ns + NS_PER_SECOND - 1) / NS_PER_SECOND;
	*rest = seconds * NS_PER_SECOND - -(u64)ns;
	return (s64)-seconds;
}

/* Start both clocks from the platform's. Boot, after arch_clock_init. */
void clock_init(void);
/* A difference of arch_clock_cycles() values in nanoseconds. */
static inline u64 clock_cycles_to_ns(u64 cycles)
{
	return (u64)((unsigned __int128)cycles * arch_clock.mult >> ARCH_CLOCK_SHIFT);
}
/* Nanoseconds since boot; never goes back, on whatever CPUs it is read. Context: any. */
u64 clock_monotonic_ns(void);
/* Busy-wait. Context: any. */
void clock_delay_ns(u64 ns);
/* Nanoseconds since 1970. */
u64 clock_real_ns(void);
/* Coarse variants: as of the last tick, or of when a CPU's tick last went on. */
u64 clock_monotonic_coarse_ns(void);
u64 clock_real_coarse_ns(void);
/*
 * It is @now_ns: update the coarse clocks, on another CPU than CPU 0 if they are @period_ns or more
 * behind. Context: interrupts off; from each tick, and when ticks go on.
 */
void clock_tick(u64 now_ns, u64 period_ns);
/*
 * The latest time that the real clock can be set to: so far from the end of what 63 bits of
 * nanoseconds can say that no machine runs into it (30 years; as on Linux).
 */
#define CLOCK_REAL_MAX_NS ((~0UL / 2 / NS_PER_SECOND - 30UL * 365 * 86400) * NS_PER_SECOND)
/*
 * Set the real clock. -EINVAL: after CLOCK_REAL_MAX_NS, or before the machine would have booted in
 * 1970: the real clock is never behind the monotonic one (clock_settime(2)). Context: any.
 */
int clock_real_set(u64 ns_since_1970);
/* real - monotonic, for timers on the real clock. */
u64 clock_real_offset_ns(void);
/*
 * From now on keep @page, which is zeroed and shown to programs, up to date. @tick_ns: resolution
 * of the coarse clocks, which programs are to call for if there may be no ticks (!@has_ticks).
 * Option nofast=clock leaves the page empty, so that programs call for all. Boot.
 */
void clock_page_init(struct clock_page *page, u64 tick_ns, bool has_ticks);
