/* SPDX-License-Identifier: MIT */
/* Interval timers: setitimer(2), alarm(2). */
#pragma once

#include "proc/process.h"

struct itimer_value {
	u64 left_ns, interval_ns;
};

/* @which: ITIMER_*. Read into *old, then set to *fresh; either may be NULL. -EINVAL. */
int itimer_change(int which, const struct itimer_value *fresh, struct itimer_value *old)
	__must_check;
/* setitimer(2)'s times from and to programs: 0, -EFAULT, -EINVAL. */
struct __kernel_old_itimerval;
int copy_itimerval_from_user(struct itimer_value *to,
			     const struct __kernel_old_itimerval __user *from) __must_check;
int copy_itimerval_to_user(struct __kernel_old_itimerval __user *to,
			   const struct itimer_value *from) __must_check;
void itimer_init(struct process *process);
/* The process ends. */
void itimer_stop(struct process *process);
/*
 * A thread takes SIGALRM from the process's queue: the real timer goes on if it repeats. Locks:
 * process->lock held.
 */
void itimer_alarm_taken_locked(struct process *process);
/*
 * A tick of @ns in user or kernel mode. Locks: process->lock held. Returns signals to send, as a
 * set.
 */
u64 itimer_tick_locked(struct process *process, bool user, u64 ns);
