/* SPDX-License-Identifier: MIT */
/* The stack of a thread on which handlers may run: sigaltstack(2). */
#pragma once

#include "signal/signal_state.h"

/* Does @sp point into @stack? One that disarms itself is never "on" it. */
static __always_inline bool signal_altstack_has(const struct altstack *stack, u64 sp)
{
	return !(stack->flags & SS_AUTODISARM) && sp > stack->base &&
	       sp - stack->base <= stack->size;
}
/* SS_ONSTACK, SS_DISABLE ... as sigaltstack(2) reports when the stack pointer is @sp. */
static __always_inline u32 signal_altstack_state(const struct altstack *stack, u64 sp)
{
	if (!stack->size)
		return SS_DISABLE;
	return (signal_altstack_has(stack, sp) ? SS_ONSTACK : 0) | (stack->flags & SS_AUTODISARM);
}
/* Have none. */
static inline void signal_altstack_clear(struct altstack *stack)
{
	*stack = (struct altstack){.flags = SS_DISABLE};
}

/* The current thread's, with the stack pointer at @sp. */
void signal_altstack_get(stack_t *out, u64 sp);
/* Change it: 0, -EPERM, -EINVAL, -ENOMEM. */
int signal_altstack_set(const stack_t *stack, u64 sp) __must_check;
