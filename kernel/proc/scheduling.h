/* SPDX-License-Identifier: MIT */
/*
 * How threads of programs are scheduled, in the numbers of the ABI, and who may change it:
 * sched(7). A thread is named by its number, 0 is the current one; -ESRCH: there is none.
 */
#pragma once

#include "lib/compiler.h"
#include "sched/sched_policy.h"

struct scheduling {
	u32 policy; /* SCHED_*, without SCHED_RESET_ON_FORK */
	bool reset_on_fork;
	u32 priority; /* 0: not real-time */
	int nice;
	u64 affinity;
	struct sched_reservation reservation; /* of SCHED_DEADLINE, else 0 */
};
int scheduling_get(pid_t tid, struct scheduling *out) __must_check;

/* What is to change: all of it, or nothing after an error. */
struct scheduling_change {
	u32 policy; /* SCHED_*, with SCHED_RESET_ON_FORK or without */
	u32 priority;
	int nice;			      /* of SCHED_NORMAL and SCHED_BATCH only */
	struct sched_reservation reservation; /* of SCHED_DEADLINE only */
	bool keeps_policy;		      /* `policy` does not count */
	bool keeps_nice;		      /* nor does `nice` */
	bool keeps_params; /* only SCHED_RESET_ON_FORK is changed; what is given is checked */
};
/*
 * sched_setscheduler(2), sched_setparam(2), sched_setattr(2). What @change keeps stays as it is.
 * 0, -EINVAL, -EPERM, -ESRCH; -EBUSY: the CPUs have not so much left.
 */
int scheduling_change(pid_t tid, const struct scheduling_change *change) __must_check;
/*
 * What @from asks for. 0, -EFAULT, -EINVAL, or -E2BIG: then the size that is known here is written
 * to @from.
 */
struct sched_attr;
int copy_sched_attr_from_user(struct scheduling_change *to, struct sched_attr __user *from)
	__must_check;
/* 0, -EPERM, -EINVAL (none of these CPUs is up), -ESRCH, -EBUSY (SCHED_DEADLINE needs all). */
int scheduling_set_affinity(pid_t tid, u64 mask) __must_check;

/* getpriority(2) and setpriority(2) on the threads that @which (PRIO_*) and @who refer to. */
struct nice_request {
	int which, who, value;
	bool set, found;
	long result; /* get: the highest 20 - nice; set: 0 or an error */
};
long scheduling_nice(struct nice_request *request) __must_check;
