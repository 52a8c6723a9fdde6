/* SPDX-License-Identifier: MIT */
/* What the files of this folder share beyond their interfaces. */
#pragma once

#include "mm/slab.h"
#include "proc/itimer.h"
#include "proc/process.h"
#include "proc/signal_queue.h"
#include "time/clock.h"

/*
 * process.c: objects, all zero but for their own lists and locks; one reference. NULL: no memory.
 */
struct process *process_alloc(void);
struct user_thread *user_thread_alloc(const char *name);
/* With all actions the default ones. */
struct process_signals *process_signals_alloc(void);
void process_signals_put(struct process_signals *signals);
/*
 * exit.c: the current thread no longer uses its address space: joiners and vfork's parent hear of
 * it.
 */
void user_thread_leave_memory(struct user_thread *t);
/* usage.c: @map's counts of faults become the process's. */
void usage_collect_map(struct process *process, const struct vm_map *map);
/* fork.c: what exec leaves of the handlers: SIG_IGN stays, all else is the default. */
void signals_reset(struct process_signals *signals);
/* The actions of @from to @to, which has none. Locks: from->lock. */
void process_signals_copy(struct process_signals *to, const struct process_signals *from);
