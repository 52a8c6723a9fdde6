/* SPDX-License-Identifier: MIT */
/*
 * A running counter, a one-shot timer, and the wall clock at boot. time/clock.h makes times of the
 * counter.
 *
 * The body defines arch_clock_cycles(), the counter now, which is not serialised, and
 * arch_clock_cycles_ordered(), which waits until the instructions before it are done.
 */
#pragma once

#include "lib/compiler.h"

#include <arch_inline/clock_inline.h>

/* What is known of the counter. [I] after arch_clock_init, entry_cycles from the start. */
extern struct arch_clock {
	u64 entry_cycles; /* its value when the loader handed over */
	u64 frequency_hz;
	u64 base_cycles, mult; /* ns = (cycles - base_cycles) * mult >> ARCH_CLOCK_SHIFT */
	bool in_programs;      /* programs can read the counter, so they may do the same */
	const char *source;    /* what it was measured by, for the log */
} arch_clock;
#define ARCH_CLOCK_SHIFT 32

/* Measure the counter's frequency. Needs the interrupt controllers. */
void arch_clock_init(void);
/* Measure the timer's frequency, over the time that has passed since arch_clock_init. */
void arch_timer_init(void);
/* Seconds since 1970 by the platform's clock; 0 when it has none. */
u64 arch_clock_wall_seconds(void);
/*
 * Request one timer interrupt in @delta_ns, or earlier if the hardware cannot count as far;
 * replaces the earlier request.
 */
void arch_timer_arm(u64 delta_ns);
/* Request none, and withdraw an earlier request. */
void arch_timer_stop(void);
