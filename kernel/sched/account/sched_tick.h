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
struct process;
/* What proc/ does for threads of programs; interrupt context. */
struct sched_tick_hooks {
	/* From each tick that finds one running: charge timers and limits. */
	void (*tick)(bool user);
	/* Does @process need each tick for that? Run queue locked. */
	bool (*needed)(const struct process *process);
};
void sched_set_tick_hooks(const struct sched_tick_hooks *hooks); /* Boot. */
/*
 * This CPU, whose tick is stopped or put off, is about to change threads, or to choose again: the
 * tick goes on. Context: interrupts off; the idle thread has no lock.
 */
void sched_resume_tick(void);
/* sched_tick_hooks.needed may have become true of some process. Context: any. */
void sched_ask_for_ticks(void);
