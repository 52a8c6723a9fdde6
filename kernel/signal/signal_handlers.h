/* SPDX-License-Identifier: MIT */
/* The table of a process's handlers, which processes may share (CLONE_SIGHAND). */
#pragma once

#include "signal/signal_state.h"

/* The cache. Boot. */
void signal_handlers_init(void);
/* Free what this CPU keeps for its next process. True when it kept something. */
bool signal_handlers_trim(void);
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
