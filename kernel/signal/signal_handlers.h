/* SPDX-License-Identifier: MIT */
/* The table of a process's handlers, which processes may share (CLONE_SIGHAND). */
#pragma once

#include "signal/signal_state.h"

/* The cache. Boot. */
void signal_handlers_init(void);
/* All actions are the default ones; one reference. NULL: no memory. */
struct signal_handlers *signal_handlers_alloc(void);
void signal_handlers_put(struct signal_handlers *handlers);
/* The actions of @from to @to, which has none. Locks: from->lock. */
void signal_handlers_copy(struct signal_handlers *to, const struct signal_handlers *from);
/*
 * What exec leaves of the handlers: SIG_IGN stays, all else is the default. @handlers are not
 * shared.
 */
void signal_handlers_reset(struct signal_handlers *handlers);

/* Has @signal an action of its own? Then its handler word may be read. */
static __always_inline bool signal_has_action(const struct signal_handlers *handlers, int signal)
{
	/* the action was written before: pairs with the release in signal_set_action */
	return __atomic_load_n(&handlers->changed, __ATOMIC_ACQUIRE) & SIGNAL_BIT(signal);
}
/* The action of @signal. It is whole if handlers->lock is held. */
static inline struct kernel_sigaction signal_action(const struct signal_handlers *handlers,
						    int signal)
{
	return signal_has_action(handlers, signal) ? handlers->actions[signal - 1]
						   : (struct kernel_sigaction){0};
}
/* The handler of @signal, if it has one, becomes SIG_DFL. Context: task; takes handlers->lock. */
static inline void signal_handlers_set_default(struct signal_handlers *handlers, int signal)
{
	spin_lock(&handlers->lock);
	__atomic_store_n(&handlers->actions[signal - 1].handler, (u64)SIG_DFL, __ATOMIC_RELAXED);
	spin_unlock(&handlers->lock);
}
