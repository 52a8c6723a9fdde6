/* SPDX-License-Identifier: MIT */
/*
 * Forced preemption: boot option force_preempt=SEED[,N] of every kernel, which makes faults of the
 * kind "check, unlock, act" common enough to be found. At one in N places where the kernel may be
 * preempted another thread gets the CPU, or the CPU is delayed for a moment; at one in N wake-ups
 * the woken thread runs at once. With several CPUs a thread whose switch is forced, and one that
 * wakes or starts, may be queued on any of them. The seed decides where: with --icount a run
 * repeats.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct runqueue;
struct thread;

extern bool force_preempt_on; /* [I] after boot: is the option given? */

/* Read the option. Boot, before the first thread. */
void force_preempt_init(void);
/*
 * The running thread may be replaced now: is it to be replaced, although nothing asks for it? May
 * delay the CPU for some microseconds instead. Context: interrupts off, no spinlock.
 */
bool force_preempt_now(void);
/* Is the thread that was just woken to get the CPU at the next opportunity? Interrupts off. */
bool force_preempt_woken(void);
/*
 * The CPU of a thread is being chosen: is it to be any that is allowed, and which of @allowed, a
 * set of CPUs that is not empty? Interrupts off.
 */
bool force_preempt_moves(void);
unsigned force_preempt_cpu(u64 allowed);
