/* SPDX-License-Identifier: MIT */
/* A running counter, a one-shot timer, and the wall clock at boot. */
#pragma once

#include "lib/compiler.h"

/* Start the reference that the counter is measured by: the first thing of boot. */
void arch_clock_start(void);
/*
 * Measure the counter's frequency. Each try is bounded, and a stall of the host is noticed. Needs
 * the interrupt controllers.
 */
void arch_clock_init(void);
/*
 * Measure the timer's frequency; some time after arch_clock_init, so that there is an interval to
 * measure.
 */
void arch_timer_init(void);
/*
 * The cycle counter now. arch_clock_cycles is not serialised; arch_clock_cycles_ordered waits until
 * the instructions before it are done.
 */
#ifndef HOST_TEST
#include <arch_inline/clock_inline.h>
#else
extern u64 unit_cycles; /* a test that needs time lets it pass */
static inline u64 arch_clock_cycles(void)
{
	return unit_cycles;
}
#endif
/* Nanoseconds since an arbitrary start; never goes back on one CPU. */
u64 arch_clock_ns(void);
/* A difference of arch_clock_cycles() values in nanoseconds. */
u64 arch_clock_cycles_to_ns(u64 cycles);
/* Nanoseconds since the loader handed over, calibration included. */
u64 arch_clock_since_entry_ns(void);
/* The value of arch_clock_cycles() when the loader handed over. */
u64 arch_clock_entry_cycles(void);
/* The frequency of arch_clock_cycles(), in Hz. */
u64 arch_clock_frequency_hz(void);
/*
 * The factors by which programs may compute arch_clock_ns() from the counter themselves: (cycles -
 * base_cycles) * mult >> ARCH_CLOCK_SHIFT. False: they cannot read the counter, or it is not the
 * kernel's clock.
 */
#define ARCH_CLOCK_SHIFT 32
bool arch_clock_conversion(u64 *base_cycles, u64 *mult);
/* Seconds since 1970 by the platform's clock; 0 when it has none. */
u64 arch_clock_wall_seconds(void);
/*
 * Request one timer interrupt @delta_ns from now, or earlier if the hardware cannot count as far;
 * replaces the earlier request.
 */
void arch_timer_arm(u64 delta_ns);
/* Busy-wait. */
void arch_delay_ns(u64 ns);
/* What the counter was measured by ("pit", "hypervisor", "guess"), for the boot log. */
const char *arch_clock_source_name(void);
