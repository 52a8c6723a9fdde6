/* SPDX-License-Identifier: MIT */
/*
 * How threads of programs are scheduled, in the numbers of the ABI, and who may change it:
 * sched(7). A thread is named by its number, 0 is the current one; -ESRCH: there is none.
 */
#pragma once

#include "lib/compiler.h"

struct scheduling {
	u32 policy; /* SCHED_*, without SCHED_RESET_ON_FORK */
	bool reset_on_fork;
	u32 priority; /* 0: not real-time */
	int nice;
	u64 affinity;
};
int scheduling_get(pid_t tid, struct scheduling *out) __must_check;

/* @policy: SCHED_*, with SCHED_RESET_ON_FORK or without. 0, -EINVAL, -EPERM, -ESRCH. */
int scheduling_set_policy(pid_t tid, u32 policy, u32 priority) __must_check;
/* 0, -EPERM, -EACCES (RLIMIT_NICE), -ESRCH. */
int scheduling_set_nice(pid_t tid, int nice) __must_check;
/* 0, -EPERM, -EINVAL (none of these CPUs is up), -ESRCH. */
int scheduling_set_affinity(pid_t tid, u64 mask) __must_check;

/* getpriority(2) and setpriority(2) on the threads that @which (PRIO_*) and @who refer to. */
struct nice_request {
	int which, who, value;
	bool set, found;
	long result; /* get: the highest 20 - nice; set: 0 or an error */
};
long scheduling_nice(struct nice_request *request) __must_check;
