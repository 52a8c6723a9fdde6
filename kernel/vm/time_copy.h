/* SPDX-License-Identifier: MIT */
/*
 * The times of programs: the ABI's structures as nanoseconds, timeouts as deadlines. The copies
 * return 0, -EFAULT, or -EINVAL (negative, or a second or more of nanoseconds or microseconds).
 * What does not fit into 63 bits of nanoseconds becomes the far future.
 */
#pragma once

#include "sched/sched.h"
#include "time/clock.h"

#include <linux/time_types.h>

#define FAR_FUTURE_NS (DEADLINE_NEVER / 2) /* 292 years; not "never" */

int copy_timespec_from_user(u64 *ns, const struct __kernel_timespec __user *from) __must_check;
int copy_timespec_to_user(struct __kernel_timespec __user *to, u64 ns) __must_check;
int copy_timeval_from_user(u64 *ns, const struct __kernel_old_timeval __user *from) __must_check;
int copy_timeval_to_user(struct __kernel_old_timeval __user *to, u64 ns) __must_check;

/* @now_ns + @ns, at most the far future. */
static inline u64 time_add(u64 now_ns, u64 ns)
{
	return ns > FAR_FUTURE_NS - now_ns ? FAR_FUTURE_NS : now_ns + ns;
}
/* The monotonic time in @ns from now; 0, "do not wait", for 0 ns. */
static inline u64 deadline_after(u64 ns)
{
	return ns ? time_add(clock_monotonic_ns(), ns) : 0;
}
/* The same for poll(2)'s milliseconds: a negative number waits for ever. */
static inline u64 deadline_after_ms(int ms)
{
	return ms < 0 ? DEADLINE_NEVER : deadline_after((u64)ms * NS_PER_MS);
}
/* From @deadline_ns's timeout: the time that is left, for calls that write it back. */
static inline u64 deadline_left(u64 deadline_ns)
{
	u64 now = clock_monotonic_ns();

	return deadline_ns > now ? deadline_ns - now : 0;
}
/* A timeout as the deadline that it means; NULL waits for ever. */
int copy_timeout_from_user(u64 *deadline_ns, const struct __kernel_timespec __user *timeout)
	__must_check;
/* The same for select(2), which accepts a second and more of microseconds. */
int copy_select_timeout_from_user(u64 *deadline_ns,
				  const struct __kernel_old_timeval __user *timeout) __must_check;
