/* SPDX-License-Identifier: MIT */
/* What to do when memory has run out. */
#pragma once

#include "lib/types.h"

struct box;
struct memory_patience;
struct process;

/*
 * End the process that uses the most (within @box; NULL: of all), or wait a moment for the one that
 * is ending already, as long as @patience of the allocation allows: longer than any victim may take
 * to end. The handler of page_alloc_set_out_of_memory(). Returns: true when the allocation may be
 * tried again. Context: task; sleeping locks may be held; may sleep.
 */
bool process_relieve_memory(struct box *box, struct memory_patience *patience);
/* @process has ended and given its memory back: if it was ended for that, the next one may be.
 * Context: task, @process referenced by the caller. */
void process_memory_victim_ended(struct process *process);
/* The score of /proc/PID/oom_score: frames charged to the process, oom_score_adj counted in; at
 * least 1; 0 of a process that has ended. */
long process_memory_score(struct process *process);
