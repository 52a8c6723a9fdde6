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
/* One each @ticks, from now on. */
void lapic_timer_repeat(u32 ticks);
u32 lapic_timer_current(void);
/* Deadline mode (features.tsc_deadline): at TSC value @deadline; 0 disarms. */
void lapic_timer_deadline_mode(void);
void lapic_timer_set_deadline(u64 deadline);
/*
 * Send to the CPU with the APIC ID @destination: interrupt @vector; a non-maskable interrupt; INIT,
 * which resets it; the start-up message, by which it begins at physical page @page in real mode.
 * Context: any.
 */
void lapic_send(u32 destination, u32 vector);
void lapic_send_nmi(u32 destination);
void lapic_send_init(u32 destination);
void lapic_send_startup(u32 destination, u32 page);
