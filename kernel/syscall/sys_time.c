// SPDX-License-Identifier: MIT
/* System calls: clocks, sleeping, timers. */
#include "core/errno.h"
#include "lib/string.h"
#include "ptimer/posix_timer.h"
#include "sched/sched.h"
#include "syscall/syscalls.h"
#include "syscall/time_copy.h"
#include "time/clock.h"
#include "vfs/cred.h"
#include "vm/user_copy.h"

#include <linux/time.h>

struct timer_spec { /* struct itimerspec and struct itimerval have this shape */
	s64 interval_seconds, interval_fraction;
	s64 value_seconds, value_fraction;
};

long sys_gettimeofday(void __user *tv, void __user *tz)
{
	struct timezone utc = {0};

	if (tv && timeval_put(tv, clock_real_ns()))
		return -EFAULT;
	return tz ? copy_to_user(tz, &utc, sizeof(utc)) : 0;
}

/* What no privilege allows is refused first, as on Linux. */
static int set_real_clock(u64 ns)
{
	if (ns >= CLOCK_REAL_MAX_NS)
		return -EINVAL;
	return capable(CAP_SYS_TIME) ? clock_real_set(ns) : -EPERM;
}

long sys_settimeofday(const void __user *tv, const void __user *tz)
{
	u64 ns;
	int err;

	if (tv) {
		err = timeval_get(tv, &ns);
		if (err)
			return err;
	}
	if (tv)
		return set_real_clock(ns);
	return capable(CAP_SYS_TIME) ? 0 : -EPERM;
}

long sys_time(s64 __user *result)
{
	u64 seconds = clock_real_ns() / NS_PER_SECOND;

	if (result && put_user_u64(seconds, (u64 __user *)result))
		return -EFAULT;
	return (long)seconds;
}

long sys_clock_gettime(int clock, void __user *tp)
{
	u64 ns;
	int err;

	/* the common clocks first: they cannot fail */
	if (likely(clock == CLOCK_MONOTONIC))
		return timespec_put(tp, clock_monotonic_ns());
	if (clock == CLOCK_REALTIME)
		return timespec_put(tp, clock_real_ns());
	err = clock_id_now(clock, &ns);
	return err ? err : timespec_put(tp, ns);
}

long sys_clock_getres(int clock, void __user *tp)
{
	u64 ns;
	int err = clock_id_resolution(clock, &ns);

	if (err || !tp)
		return err;
	return timespec_put(tp, ns);
}

long sys_clock_settime(int clock, const void __user *tp)
{
	u64 ns;
	int err;

	if (clock != CLOCK_REALTIME)
		return -EINVAL;
	err = timespec_get(tp, &ns);
	return err ? err : set_real_clock(ns);
}

/*
 * Sleep until @clock shows @until_ns: 0 or -EINTR. If the clock is set meanwhile, it is read again.
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

static long sleep_interrupted(struct user_thread *t);

static long sleep_restart(struct user_thread *t)
{
	if (!sleep_until(t->restart.clock, t->restart.until_ns))
		return 0;
	return sleep_interrupted(t);
}

/*
 * A signal interrupted a relative sleep: report the remaining time, and continue if no handler ran.
 */
static long sleep_interrupted(struct user_thread *t)
{
	u64 until = t->restart.until_ns, now = until;

	ignore_result(clock_id_now(t->restart.clock, &now), "it was valid before");
	if (t->restart.remaining &&
	    timespec_put(t->restart.remaining, until > now ? until - now : 0))
		return -EFAULT;
	t->restart.call = sleep_restart;
	return -ERESTART_RESTARTBLOCK;
}

static long do_sleep(int clock, bool absolute, const void __user *request, void __user *remaining)
{
	struct user_thread *t = current_user_thread();
	u64 ns, now, deadline;
	int err = clock_id_deadline(clock, 0, &deadline);

	if (err && clock != CLOCK_PROCESS_CPUTIME_ID && !(clock < 0 && !(clock & 4)))
		return err;
	err = timespec_get(request, &ns);
	if (!err)
		err = clock_id_now(clock, &now);
	if (err)
		return err;
	if (absolute)
		return sleep_until(clock, ns) ? -ERESTARTNOHAND : 0;
	/* A duration does not depend on changes of the real-time clock. */
	t->restart.clock = clock == CLOCK_REALTIME || clock == CLOCK_TAI ? CLOCK_MONOTONIC : clock;
	if (t->restart.clock != clock)
		now = clock_monotonic_ns();
	t->restart.until_ns = timespec_add(now, ns);
	t->restart.remaining = remaining;
	return sleep_restart(t);
}

long sys_nanosleep(const void __user *request, void __user *remaining)
{
	return do_sleep(CLOCK_MONOTONIC, false, request, remaining);
}

long sys_clock_nanosleep(int clock, int flags, const void __user *request, void __user *remaining)
{
	if (clock == CLOCK_THREAD_CPUTIME_ID)
		return -EINVAL;
	return do_sleep(clock, flags & TIMER_ABSTIME, request, remaining);
}

long sys_restart_syscall(void)
{
	struct user_thread *t = current_user_thread();
	long (*restart)(struct user_thread *) = t->restart.call;

	t->restart.call = NULL;
	return restart ? restart(t) : -EINTR;
}

/* ---- interval timers ---- */

static int itimer_get(const void __user *from, struct itimer_value *out)
{
	int err = timeval_get(from, &out->interval_ns);

	return err ? err
		   : timeval_get((const char __user *)from + sizeof(struct timeval), &out->left_ns);
}

static int itimer_put(void __user *to, const struct itimer_value *value)
{
	if (timeval_put(to, value->interval_ns))
		return -EFAULT;
	return timeval_put((char __user *)to + sizeof(struct timeval), value->left_ns);
}

long sys_getitimer(int which, void __user *value)
{
	struct itimer_value old;
	int err = itimer_change(which, NULL, &old);

	return err ? err : itimer_put(value, &old);
}

long sys_setitimer(int which, const void __user *value, void __user *old_value)
{
	struct itimer_value new = {0}, old;
	int err = value ? itimer_get(value, &new) : 0;

	if (!err)
		err = itimer_change(which, &new, &old);
	if (err || !old_value)
		return err;
	return itimer_put(old_value, &old);
}

long sys_alarm(unsigned seconds)
{
	struct itimer_value new = {.left_ns = seconds * NS_PER_SECOND}, old;

	ignore_result(itimer_change(ITIMER_REAL, &new, &old), "which is valid");
	/* Rounded, but not to 0, which would mean that there was no alarm. */
	return (long)max((old.left_ns + NS_PER_SECOND / 2) / NS_PER_SECOND, (u64) !!old.left_ns);
}

/* ---- POSIX timers ---- */

long sys_timer_create(int clock, void __user *user_event, int __user *timer_id)
{
	struct sigevent event;
	int id, err;

	if (user_event && copy_from_user(&event, user_event, sizeof(event)))
		return -EFAULT;
	id = posix_timer_create(clock, user_event ? &event : NULL);
	if (id < 0)
		return id;
	err = put_user_u32((u32)id, (u32 __user *)timer_id);
	if (err)
		ignore_result(posix_timer_delete(id), "we have just made it");
	return err;
}

static int timer_spec_put(void __user *to, const struct itimer_value *value)
{
	if (timespec_put(to, value->interval_ns))
		return -EFAULT;
	return timespec_put((char __user *)to + sizeof(struct timer_spec) / 2, value->left_ns);
}

long sys_timer_settime(int timer, int flags, const void __user *value, void __user *old_value)
{
	struct itimer_value new, old;
	int err;

	if (!value)
		return -EINVAL;
	err = timespec_get(value, &new.interval_ns);
	if (!err)
		err = timespec_get((const char __user *)value + sizeof(struct timer_spec) / 2,
				   &new.left_ns);
	if (!err)
		err = posix_timer_set(timer, flags & TIMER_ABSTIME, &new, &old);
	if (err || !old_value)
		return err;
	return timer_spec_put(old_value, &old);
}

long sys_timer_gettime(int timer, void __user *value)
{
	struct itimer_value now;
	int err = posix_timer_get(timer, &now);

	return err ? err : timer_spec_put(value, &now);
}

long sys_timer_getoverrun(int timer)
{
	return posix_timer_overrun(timer);
}

long sys_timer_delete(int timer)
{
	return posix_timer_delete(timer);
}
