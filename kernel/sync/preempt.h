/* SPDX-License-Identifier: MIT */
/*
 * The preemption count of this CPU. Zero means: the running thread may be replaced now.
 *
 * Layout: bits 0-15 nesting of preempt_disable, bits 16-27 nesting of interrupts, bit 31 "no
 * reschedule is wanted" (inverted, so that one decrement and one flag test answer "may I and
 * must I switch?"). The count lives in per-CPU data, which the architecture addresses with one
 * instruction (arch/arch_cpu.h).
 */
#pragma once

#include "arch/arch_cpu.h"
#include "lib/compiler.h"
#include "sync/latency_hooks.h"

#define PREEMPT_IRQ_UNIT 0x10000U
#define PREEMPT_IRQ_MASK 0x0fff0000U
#define PREEMPT_NO_RESCHED 0x80000000U

/* The slow path of preempt_enable(): switches away when interrupts are on. In sched/sched.c. */
void sched_preempt(void);

static __always_inline u32 preempt_count(void)
{
	return arch_preempt_count() & ~PREEMPT_NO_RESCHED;
}

static __always_inline void preempt_disable(void)
{
	arch_preempt_count_inc();
	compiler_barrier();
	if (LATENCY_BUILD && preempt_count() == 1)
		latency_preempt_off();
}

static __always_inline void preempt_enable(void)
{
	if (LATENCY_BUILD && preempt_count() == 1)
		latency_preempt_on();
	compiler_barrier();
	if (unlikely(arch_preempt_count_dec_is_zero()))
		sched_preempt();
}

/* Without a check: for the path that is about to switch or return anyway. */
static __always_inline void preempt_enable_no_resched(void)
{
	if (LATENCY_BUILD && preempt_count() == 1)
		latency_preempt_on();
	compiler_barrier();
	arch_preempt_count_add(-1);
}

static __always_inline bool in_interrupt(void)
{
	return arch_preempt_count() & PREEMPT_IRQ_MASK;
}
