// SPDX-License-Identifier: MIT
/*
 * sys_time.c -- calls on clocks, sleeping and timers.
 *
 * Parts.  A call for each function of ptimer/ and time/, which count in nanoseconds; structures of
 *   the ABI are read and written by the copy functions of vm/time_copy.h, so that each rejects the
 *   same values.
 * Tests.  tests/guest/time, tests/guest/signal/sig_timers.c.
 */
#include "core/errno.h"
#include "ptimer/posix_timer.h"
#include "ptimer/sleep.h"
#include "syscall/syscalls.h"
#include "vfs/cred.h"
#include "vm/time_copy.h"
#include "vm/user_copy.h"

#include <linux/time.h>

#define ZONE_MINUTES_MAX (15 * 60)

long sys_gettimeofday(struct __kernel_old_timeval __user *tv, struct timezone __user *tz)
{
	struct timezone utc = {0};

	if (tv && copy_timeval_to_user(tv, clock_real_ns()))
		return -EFAULT;
	return tz ? copy_to_user(tz, &utc, sizeof(utc)) : 0;
}

/* The time zone is read and checked, but the kernel keeps none: gettimeofday(2) tells UTC. */
long sys_settimeofday(const struct __kernel_old_timeval __user *tv,
		      const struct timezone __user *tz)
{
	struct timezone zone = {0};
	u64 ns = 0;
	int err = tv ? copy_timeval_from_user(&ns, tv) : 0;

	if (!err && tz && copy_from_user(&zone, tz, sizeof(zone)))
		err = -EFAULT;
	if (err)
		return err;
	if (zone.tz_minuteswest > ZONE_MINUTES_MAX || zone.tz_minuteswest < -ZONE_MINUTES_MAX)
		err = -EINVAL;
	if ((!tv || err) && !capable(CAP_SYS_TIME))
		err = -EPERM;
	return err || !tv ? err : clock_id_set(CLOCK_REALTIME, ns);
}

long sys_time(s64 __user *result)
{
	u64 seconds = clock_real_ns() / NS_PER_SECOND;

	if (result && put_user_u64(seconds, (u64 __user *)result))
		return -EFAULT;
	return (long)seconds;
}

long sys_clock_gettime(int clock, struct __kernel_timespec __user *tp)
{
	u64 ns;
	int err;

	/* the common clocks first: they cannot fail */
	if (likely(clock == CLOCK_MONOTONIC))
		return copy_timespec_to_user(tp, clock_monotonic_ns());
	if (clock == CLOCK_REALTIME)
		return copy_timespec_to_user(tp, clock_real_ns());
	err = clock_id_now(clock, &ns);
	return err ? err : copy_timespec_to_user(tp, ns);
}

long sys_clock_getres(int clock, struct __kernel_timespec __user *tp)
{
	u64 ns;
	int err = clock_id_resolution(clock, &ns);

	return err || !tp ? err : copy_timespec_to_user(tp, ns);
}

long sys_clock_settime(int clock, const struct __kernel_timespec __user *tp)
{
	u64 ns;
	int err;

	if (clock != CLOCK_REALTIME)
		return -EINVAL;
	err = copy_timespec_from_user(&ns, tp);
	return err ? err : clock_id_set(clock, ns);
}

long sys_clock_nanosleep(int clock, int flags, const struct __kernel_timespec __user *request,
			 struct __kernel_timespec __user *remaining)
{
	u64 ns;
	int err = clock_id_may_sleep(clock);

	if (!err)
		err = copy_timespec_from_user(&ns, request);
	return err ? err : clock_id_sleep(clock, flags & TIMER_ABSTIME, ns, remaining);
}

long sys_nanosleep(const struct __kernel_timespec __user *request,
		   struct __kernel_timespec __user *remaining)
{
	return sys_clock_nanosleep(CLOCK_MONOTONIC, 0, request, remaining);
}

long sys_restart_syscall(void)
{
	struct user_thread *t = current_user_thread();
	long (*restart)(struct user_thread *) = t->restart.call;

	t->restart.call = NULL;
	return restart ? restart(t) : -EINTR;
}

/* ---- interval timers ---- */

long sys_getitimer(int which, struct __kernel_old_itimerval __user *value)
{
	struct itimer_value old;
	int err = itimer_change(which, NULL, &old);

	return err ? err : copy_itimerval_to_user(value, &old);
}

long sys_setitimer(int which, const struct __kernel_old_itimerval __user *value,
		   struct __kernel_old_itimerval __user *old_value)
{
	struct itimer_value new = {0}, old;
	int err = value ? copy_itimerval_from_user(&new, value) : 0;

	if (!err)
		err = itimer_change(which, &new, &old);
	return err || !old_value ? err : copy_itimerval_to_user(old_value, &old);
}

long sys_alarm(unsigned seconds)
{
	struct itimer_value new = {.left_ns = seconds * NS_PER_SECOND}, old;

	ignore_result(itimer_change(ITIMER_REAL, &new, &old), "which is valid");
	/* Rounded, but not to 0, which would mean that there was no alarm. */
	return (long)max((old.left_ns + NS_PER_SECOND / 2) / NS_PER_SECOND, (u64) !!old.left_ns);
}

/* ---- POSIX timers ---- */

long sys_timer_create(int clock, const struct sigevent __user *user_event, int __user *timer_id)
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

long sys_timer_settime(int timer, int flags, const struct __kernel_itimerspec __user *value,
		       struct __kernel_itimerspec __user *old_value)
{
	struct itimer_value new, old;
	int err;

	if (!value)
		return -EINVAL;
	err = copy_itimerspec_from_user(&new, value);
	if (!err)
		err = posix_timer_set(timer, flags & TIMER_ABSTIME, &new, &old);
	return err || !old_value ? err : copy_itimerspec_to_user(old_value, &old);
}

long sys_timer_gettime(int timer, struct __kernel_itimerspec __user *value)
{
	struct itimer_value now;
	int err = posix_timer_get(timer, &now);

	return err ? err : copy_itimerspec_to_user(value, &now);
}

long sys_timer_getoverrun(int timer)
{
	return posix_timer_overrun(timer);
}

long sys_timer_delete(int timer)
{
	return posix_timer_delete(timer);
}
