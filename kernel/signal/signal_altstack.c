// SPDX-License-Identifier: MIT
/* signal_altstack.c -- the alternate stack as programs see and change it. */
#include "signal/signal_altstack.h"

#include "core/errno.h"
#include "lib/string.h"
#include "proc/user_thread.h"

#define ALTSTACK_MIN_BYTES 2048

void signal_altstack_get(stack_t *out, u64 sp)
{
	const struct altstack *own = &current_user_thread()->altstack;

	memset(out, 0, sizeof(*out));
	out->ss_sp = (void *)own->base;
	out->ss_size = own->size;
	out->ss_flags = (int)signal_altstack_state(own, sp);
}

int signal_altstack_set(const stack_t *stack, u64 sp)
{
	struct altstack *own = &current_user_thread()->altstack;
	u32 mode = (u32)stack->ss_flags & ~SS_AUTODISARM;

	if (signal_altstack_state(own, sp) & SS_ONSTACK)
		return -EPERM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		own->base = own->size = 0;
	} else {
		if (stack->ss_size < ALTSTACK_MIN_BYTES)
			return -ENOMEM;
		own->base = (u64)stack->ss_sp;
		own->size = stack->ss_size;
	}
	own->flags = (u32)stack->ss_flags;
	return 0;
}
