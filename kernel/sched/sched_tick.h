/* SPDX-License-Identifier: MIT */
/* The tick of each CPU. */
#pragma once

#include "lib/types.h"

/* Read options tick= and nohz= from the command line; call before timer_start_tick. Boot. */
void sched_read_tick_options(void);
/* Nanoseconds between ticks (option tick=). */
u64 sched_tick_ns(void);
/* The tick: interrupt context, from the timer's handler. @user: it interrupted user mode. */
void sched_tick(bool user);
/*
 * Called from each tick that finds a user thread running; interrupt context. One hook: proc/
 * charges timers and limits. Boot.
 */
void sched_set_tick_hook(void (*hook)(bool user));
/*
 * The idle thread of this CPU, whose tick is stopped, is about to leave it, or to choose again: the
 * tick goes on. Context: interrupts off, no lock.
 */
void sched_resume_tick(void);
