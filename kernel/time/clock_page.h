/* SPDX-License-Identifier: MIT */
/*
 * What programs read to get the time without a system call: one page, written by time/clock.c and
 * mapped read-only into every program beside the code that reads it (the vDSO, built apart from the
 * kernel). Both sides compute
 *     ns = ((cycles - base_cycles) * mult >> ARCH_CLOCK_SHIFT) + offset_ns[clock_page].
 */
#pragma once

#include "arch/arch_clock.h"
#include "sync/seqcount.h"

#define CLOCK_PAGE_CLOCKS 16 /* numbers below this may be read here */

struct SHARED clock_page {
	struct seqcount sequence; /* [a] of the rest */
	u32 fine_clocks;	  /* [clock_page] bit n: clock n is the counter plus offset */
	u32 coarse_clocks;	  /* [clock_page] bit n: clock n is coarse_ns plus offset */
	u64 base_cycles;	  /* [clock_page] */
	u64 mult;		  /* [clock_page] */
	u64 coarse_ns;		  /* [clock_page] monotonic time as of the last tick */
	u64 tick_ns;		  /* [clock_page] resolution of the coarse clocks */
	/* from monotonic time, by clock number */
	u64 offset_ns[CLOCK_PAGE_CLOCKS]; /* [clock_page] */
};
