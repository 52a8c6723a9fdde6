/* SPDX-License-Identifier: MIT */
/* Timers that programs make: timer_create(2) and the rest. And the clocks that programs name. */
#pragma once

#include "ptimer/itimer.h"

struct sigevent;

/*
 * The negative clock numbers, those of CPU time (pthread_getcpuclockid(3)): ~owner << 3 | per
 * thread (4) | kind. The owner is a thread or a process; 0: the current one.
 */
#define CPU_CLOCK_THREAD 4
#define CPU_CLOCK_OWNER(clock) ((pid_t) ~((clock) >> 3))
#define CPU_CLOCK_KIND(clock) ((clock)&3)
#define CPU_CLOCK_PROF 0
#define CPU_CLOCK_VIRT 1
#define CPU_CLOCK_SCHED 2

/* The time on @clock (CLOCK_*, or a process's or thread's CPU clock) in ns. 0, -EINVAL. */
int clock_id_now(int clock, u64 *ns) __must_check;
/*
 * Set it. -EINVAL: not the real clock, or a time that it cannot be set to, which no privilege
 * allows; -EPERM.
 */
int clock_id_set(int clock, u64 ns) __must_check;
/* Its resolution. */
int clock_id_resolution(int clock, u64 *ns) __must_check;
/*
 * The monotonic time at which @clock shows @ns, as it is set now; for clocks that run with real
 * time. -EINVAL, -EOPNOTSUPP.
 */
int clock_id_deadline(int clock, u64 ns, u64 *deadline_ns) __must_check;

/* @event NULL: SIGALRM with the timer's number. The timer's id, -EINVAL, -EAGAIN, -ENOMEM... */
int posix_timer_create(int clock, const struct sigevent *event);
int posix_timer_set(int id, bool absolute, const struct itimer_value *fresh,
		    struct itimer_value *old) __must_check;
int posix_timer_get(int id, struct itimer_value *out) __must_check;
int posix_timer_overrun(int id);
int posix_timer_delete(int id) __must_check;
/* timer_settime(2)'s times from and to programs: 0, -EFAULT, -EINVAL. */
struct __kernel_itimerspec;
int copy_itimerspec_from_user(struct itimer_value *to,
			      const struct __kernel_itimerspec __user *from) __must_check;
int copy_itimerspec_to_user(struct __kernel_itimerspec __user *to, const struct itimer_value *from)
	__must_check;
/* Exec's and exit's: all of them. */
void posix_timer_delete_all(struct process *process);
/*
 * The signal of @timer is about to be delivered: sets its overrun, and the timer going again.
 * Locks: process->lock.
 */
void posix_timer_signal_taken(struct posix_timer *timer, siginfo_t *info);
/*
 * The signal of @timer was discarded: a periodic timer goes on. Locks: process->lock; any context.
 */
void posix_timer_signal_dropped(struct posix_timer *timer);
/*
 * @signal is no longer ignored: timers that send it go on. May be killed on the way. Context: task;
 * takes process->lock.
 */
void posix_timer_signal_wanted(struct process *process, int signal);
/* A tick: look at timers on CPU clocks. Locks: process->lock held; interrupt context. */
void posix_timer_tick_locked(struct process *process);
