/* SPDX-License-Identifier: MIT */
/* A counter that runs, a timer that interrupts once, and the wall clock at boot. */
#pragma once

#include "lib/compiler.h"

/* Start the reference that the counter is measured by: the first thing of boot. */
void arch_clock_start(void);
/*
 * The counter's frequency is known from here on: each try bounded, surviving a stalled host. Needs
 * the interrupt controllers.
 */
void arch_clock_init(void);
/*
 * The timer's frequency, too; some time after arch_clock_init, so that there is something to
 * measure.
 */
void arch_timer_init(void);
/*
 * The cycle counter now: arch_clock_cycles unserialised, arch_clock_cycles_ordered not before the
 * instructions before it are done.
 */
#ifndef HOST_TEST
#include "arch/x86/inline/clock_inline.h"
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
/* What arch_clock_cycles() was then. */
u64 arch_clock_entry_cycles(void);
/* The frequency of arch_clock_cycles(), in Hz. */
u64 arch_clock_frequency_hz(void);
/*
 * How programs may compute arch_clock_ns() from the counter themselves: (cycles - base_cycles) *
 * mult >> ARCH_CLOCK_SHIFT. False: they cannot read it, or it is not what we tell the time by.
 */
#define ARCH_CLOCK_SHIFT 32
bool arch_clock_conversion(u64 *base_cycles, u64 *mult);
/* Seconds since 1970 by the platform's clock; 0 when it has none. */
u64 arch_clock_wall_seconds(void);
/*
 * Ask for one timer interrupt @delta_ns from now (bounded by hardware to no later); replaces the
 * earlier request.
 */
void arch_timer_arm(u64 delta_ns);
/* Wait actively. */
void arch_delay_ns(u64 ns);
/* What serves: "pit", "tsc-deadline", ... for the boot log. */
const char *arch_clock_source_name(void);
