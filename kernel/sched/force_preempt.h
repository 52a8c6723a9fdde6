/* SPDX-License-Identifier: MIT */
/*
 * Forced preemption: boot option force_preempt=SEED[,N] of every kernel, which makes faults of the
 * kind "checked, let go, acted" common enough to be found. At one in N places where the kernel may
 * be preempted another thread is given the CPU, or the CPU is held up for a moment; at one in N
 * wake-ups the woken thread runs at once. The seed decides where: with --icount a run repeats.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct runqueue;
struct thread;

/* Set at boot and never changed: is the option on? */
extern bool force_preempt_on;

/* Read the option. Boot, before the first thread. */
void force_preempt_init(void);
/*
 * The running thread may be replaced now: shall it be, although nothing asks for it? May hold up
 * the CPU for some microseconds first. Context: interrupts off, no spinlock.
 */
bool force_preempt_now(void);
/* Shall the thread that was just woken have the CPU at the next occasion? Interrupts off. */
bool force_preempt_woken(void);
