/* SPDX-License-Identifier: MIT */
/* Resource use: getrusage(2), times(2), CPU clocks, ticks. */
#pragma once

#include "proc/process.h"

/* CPU time and counts so far, alive threads included. */
void process_usage_get(struct process *process, struct process_usage *out);
/* Of its children that were waited for. */
void process_children_usage_get(struct process *process, struct process_usage *out);
/* Of one thread. */
void user_thread_usage_get(struct user_thread *t, struct process_usage *out);
void process_usage_add(struct process_usage *to, const struct process_usage *from);
/* CPU time of all threads together. Context: any; process->lock may be held. */
u64 process_cpu_ns(const struct process *process);
/* Into the ABI's form. */
void process_usage_to_rusage(const struct process_usage *usage, struct rusage *out);
/*
 * A tick found the current thread running; interrupt context. Charges, and drives CPU timers and
 * RLIMIT_CPU.
 */
void process_tick(bool user);
/* Is that more than to count the tick? Context: any. */
bool process_needs_ticks(const struct process *process);
