/* SPDX-License-Identifier: MIT */
/*
 * The local interrupt controller of each CPU: end of interrupt, timer, interrupts between CPUs.
 */
#pragma once

#include "lib/compiler.h"

void lapic_init(void);
u32 lapic_id(void);
void lapic_end_of_interrupt(void);
/* One timer interrupt after @ticks of the timer's own frequency; 0 stops it. */
void lapic_timer_start(u32 ticks);
u32 lapic_timer_current(void);
/* Deadline mode (features.tsc_deadline): at TSC value @deadline; 0 disarms. */
void lapic_timer_deadline_mode(void);
void lapic_timer_set_deadline(u64 deadline);
void lapic_send(u32 destination, u32 vector);
