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
/* The cycle counter now, unserialised. */
#include "arch/x86/inline/clock_inline.h"
/* Nanoseconds since an arbitrary start; never goes back on one CPU. */
u64 arch_clock_ns(void);
/* A difference of arch_clock_cycles() values in nanoseconds. */
u64 arch_clock_cycles_to_ns(u64 cycles);
/* Nanoseconds since the loader handed over, calibration included. */
u64 arch_clock_since_entry_ns(void);
/*
 * The frequency of arch_clock_cycles(), in Hz, and the factors ns = cycles * mult >> shift (for the
 * vDSO).
 */
u64 arch_clock_frequency_hz(void);
/* Seconds since 1970 by the platform's clock; 0 when it has none. */
u64 arch_clock_wall_seconds(void);
/*
 * Ask for one timer interrupt @delta_ns from now (bounded by hardware to no later); replaces the
 * earlier request.
 */
void arch_timer_arm(u64 delta_ns);
void arch_timer_stop(void);
/* Wait actively. */
void arch_delay_ns(u64 ns);
/* What serves: "pit", "tsc-deadline", ... for the boot log. */
const char *arch_clock_source_name(void);
