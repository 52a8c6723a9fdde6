/* SPDX-License-Identifier: MIT */
/* When a call on many areas may stop early: its thread has been killed. */
#pragma once

#include "sched/thread.h"

/* Areas visited between two checks, where checking at each one would cost too much. */
#define VM_BATCH_AREAS 32

/*
 * Has the thread been killed? The program never sees what its call left undone: it returns -EINTR.
 */
static inline bool vm_is_given_up(void)
{
	return unlikely(thread_kill_pending(current_thread()));
}
