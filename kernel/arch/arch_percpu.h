/* SPDX-License-Identifier: MIT */
/*
 * A variable of which each CPU has its own.
 *
 * Idea.  All such variables are in one section of the image, which is the boot CPU's area. Each
 *   other CPU that may run has an area of that size, at an offset of its own. So one CPU's
 *   variables share no cache line with another's, and a CPU that is not there costs no memory.
 *
 *   static PERCPU(struct stack_cache, stack_cache);     defines it, all zero
 *   extern PERCPU(u64[TRAPS_MAX], trap_table_counts);   declares an array for each CPU
 *   struct stack_cache *cache = this_cpu(stack_cache);  that of the CPU we run on
 *   for (unsigned cpu = 0; cpu < percpu_nr(); cpu++)    of every CPU that has an area
 *           init(on_cpu(stack_cache, cpu));
 *
 * this_cpu() is a CPU's own only as long as the thread cannot move: with preemption or interrupts
 * off, which the debug kernel checks. Both are pointers. The variable itself is never named without
 * them: it is the boot CPU's.
 *
 * The body defines PERCPU, arch_this_cpu, on_cpu and percpu_nr.
 */
#pragma once

#include "arch/arch_cpu.h"
#include "arch/arch_irq.h"
#include "sync/preempt.h"

#include <arch_inline/percpu_inline.h>

#ifdef DEBUG
/* Panic: the variable @name of this CPU is asked for by a thread that may move to another. */
__cold void percpu_may_move(const char *name);
#define this_cpu(name)                                                                             \
	(unlikely(!preempt_count() && arch_irq_enabled()) ? percpu_may_move(#name) : (void)0,      \
	 arch_this_cpu(name))
#else
#define this_cpu(name) arch_this_cpu(name)
#endif
