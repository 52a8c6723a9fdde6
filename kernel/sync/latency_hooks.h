/* SPDX-License-Identifier: MIT */
/*
 * Where interrupts and preemption go off and on, for trace/latency.c. Only the latency build
 * (make latency) calls; all others compile to nothing.
 */
#pragma once

#include "lib/compiler.h"

#ifdef LATENCY
#define LATENCY_BUILD 1
/*
 * Interrupts have just been turned off (harmless if they were off already), or are turned on next.
 * The place is the caller's, or @place. Context: any, interrupts off.
 */
void latency_irqs_off(void);
void latency_irqs_off_at(vaddr_t place);
void latency_irqs_on(void);
/* The same of preemption: the count has just left 0, or reaches it next. Context: any. */
void latency_preempt_off(void);
void latency_preempt_on(void);
/* The first program begins: measure from here on. */
void latency_start(void);
#else
#define LATENCY_BUILD 0
static __always_inline void latency_irqs_off(void)
{
}
static __always_inline void latency_irqs_off_at(vaddr_t place)
{
	(void)place;
}
static __always_inline void latency_irqs_on(void)
{
}
static __always_inline void latency_preempt_off(void)
{
}
static __always_inline void latency_preempt_on(void)
{
}
static __always_inline void latency_start(void)
{
}
#endif
