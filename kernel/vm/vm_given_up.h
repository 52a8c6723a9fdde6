/* SPDX-License-Identifier: MIT */
/* When a call over very many areas need not end its work. */
#pragma once

#include "sched/thread.h"

/* Areas gone over between two looks, where a look for each would be too dear. */
#define VM_BATCH_AREAS 32

/* Has the thread been killed? What its call has not done is never seen then: it answers -EINTR. */
static inline bool vm_is_given_up(void)
{
	return unlikely(thread_kill_pending(current_thread()));
}
