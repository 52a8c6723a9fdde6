/* SPDX-License-Identifier: MIT */
/* What to do when a page fault finds no memory. */
#pragma once

/*
 * Kill the process that holds the most memory, or wait for the one that is dying already. The
 * out-of-memory handler of the fault path. Context: task, may sleep.
 */
void process_kill_for_memory(void);
/* The score of /proc/PID/oom_score: 0..1000-ish. */
struct process;
long process_memory_score(struct process *process);
