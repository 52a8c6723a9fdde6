/* SPDX-License-Identifier: MIT */
/* The clocks programs see: monotonic (never set, never back) and real (set by clock_settime). */
#pragma once

#include "lib/compiler.h"

#define NS_PER_SECOND 1000000000UL
#define NS_PER_MS 1000000UL
#define NS_PER_US 1000UL

/* Start both clocks from the platform's. Boot, after arch_clock_init. */
void clock_init(void);
/* Nanoseconds since boot. Context: any. */
u64 clock_monotonic_ns(void);
/* Nanoseconds since 1970. */
u64 clock_real_ns(void);
/* Coarse variants: as of the last tick. */
u64 clock_real_coarse_ns(void);
/* Set the real clock. */
void clock_real_set(u64 ns_since_1970);
/* real - monotonic, for timers on the real clock. */
u64 clock_real_offset_ns(void);
