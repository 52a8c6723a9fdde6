/* SPDX-License-Identifier: MIT */
/*
 * When each thread enters and leaves user mode, with option nohz=full: so its user time is exact,
 * and its CPU need not be waited for, nor have ticks, while it is there.
 */
#pragma once

#include "arch/arch_irq.h"
#include "lib/compiler.h"
#include "lib/types.h"

struct runqueue;
struct thread;
struct cpu_totals;

extern bool user_time_on; /* [I] after boot */

/* What these do with the option; user_time_begin() with interrupts off. */
void user_time_end(void);
void user_time_begin(void);

/*
 * First thing in the kernel after user mode, or after what may have come in between. Any context.
 */
static __always_inline void user_time_left(void)
{
	if (unlikely(user_time_on))
		user_time_end();
}

/* Last thing in the kernel before user mode: turns interrupts off. */
static __always_inline void user_time_entering(void)
{
	if (unlikely(user_time_on)) {
		arch_irq_disable();
		user_time_begin();
	}
}

/* Cycles spent in user mode so far. Only with user_time_on. Context: any. */
u64 user_time_of_thread(const struct thread *t);
u64 user_time_of_totals(const struct cpu_totals *totals);
u64 user_time_of_cpu(const struct runqueue *rq);
