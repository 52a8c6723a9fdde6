// SPDX-License-Identifier: MIT
/* sleep.c -- sleeping on a clock, and continuing after a signal without a handler. */
#include "ptimer/sleep.h"

#include "core/errno.h"
#include "proc/process.h"
#include "ptimer/posix_timer.h"
#include "sched/account/sched_tick.h"
#include "sched/sched.h"
#include "vm/time_copy.h"

#include <linux/time.h>

int clock_id_may_sleep(int clock)
{
	u64 deadline_ns;

	/* CPU time of processes: ticks look at it. */
	if (clock == CLOCK_PROCESS_CPUTIME_ID || (clock < 0 && !(clock & CPU_CLOCK_THREAD)))
		return 0;
	if (clock == CLOCK_THREAD_CPUTIME_ID) /* it stands still while the thread sleeps */
		return -EOPNOTSUPP;
	return clock_id_deadline(clock, 0, &deadline_ns);
}

/*
 * 0 or -EINTR. A clock that was set back meanwhile is waited for again; one that was set forward is
 * noticed only when the time that remained has passed.
 */
static int sleep_until(int clock, u64 until_ns)
{
	u64 deadline_ns, now;
	int err;

	for (;;) {
		if (clock_id_deadline(clock, until_ns, &deadline_ns)) {
			/* CPU time: there is no timer for it, so check at each tick. */
			deadline_ns = clock_monotonic_ns() + sched_tick_ns();
		}
		sched_sleep_prepare(THREAD_SLEEPING);
		err = sched_sleep(deadline_ns);
		sched_sleep_finish();
		if (err == -EINTR)
			return -EINTR;
		if (clock_id_now(clock, &now) || now >= until_ns)
			return 0;
	}
}

/*
 * Sleep until t->restart.until_ns. When a signal interrupts it, report the remaining time, and
 * continue if no handler ran.
 */
static long sleep_restartable(struct user_thread *t)
{
	u64 until = t->restart.until_ns, now = until;

	if (!sleep_until(t->restart.clock, until))
		return 0;
	ignore_result(clock_id_now(t->restart.clock, &now), "it was valid before");
	if (t->restart.remaining &&
	    copy_timespec_to_user(t->restart.remaining, until > now ? until - now : 0))
		return -EFAULT;
	t->restart.call = sleep_restartable;
	return -ERESTART_RESTARTBLOCK;
}

long clock_id_sleep(int clock, bool absolute, u64 ns, struct __kernel_timespec __user *remaining)
{
	struct user_thread *t = current_user_thread();
	u64 now;
	int err;

	/* A duration does not depend on changes of the real-time clock. */
	if (!absolute && (clock == CLOCK_REALTIME || clock == CLOCK_TAI))
		clock = CLOCK_MONOTONIC;
	err = clock_id_now(clock, &now);
	if (err)
		return err;
	if (absolute)
		return sleep_until(clock, ns) ? -ERESTARTNOHAND : 0;
	t->restart.clock = clock;
	t->restart.until_ns = time_add(now, ns);
	t->restart.remaining = remaining;
	return sleep_restartable(t);
}
