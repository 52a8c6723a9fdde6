/* SPDX-License-Identifier: MIT */
/* Resource limits. */
#pragma once

#include "proc/process.h"

/* PID 1's. */
void rlimit_init(struct process *process);
/* Read @process's limit into *old, then set it to *wanted; either may be NULL. -EINVAL, -EPERM. */
int rlimit_change(struct process *process, unsigned resource, const struct rlimit *wanted,
		  struct rlimit *old) __must_check;
/* The same for the process @pid, 0: the current one, if its ids permit it; also -ESRCH. */
int rlimit_change_of(pid_t pid, unsigned resource, const struct rlimit *wanted, struct rlimit *old)
	__must_check;
/* Copy the limits that the layers below check to @map, which exec has just created. */
void rlimit_apply_to_map(struct process *process, struct vm_map *map);
static inline u64 rlimit_soft(const struct process *process, unsigned resource)
{
	return __atomic_load_n(&process->limits.table[resource].rlim_cur, __ATOMIC_RELAXED);
}
