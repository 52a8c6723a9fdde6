// SPDX-License-Identifier: MIT
/* time_copy.c -- the ABI's time structures. */
#include "vm/time_copy.h"

#include "core/errno.h"
#include "vm/user_copy.h"

/* Seconds and a fraction of which @per_second are one; neither is negative. */
static u64 ns_of(s64 seconds, s64 fraction, u64 per_second)
{
	if ((u64)seconds >= FAR_FUTURE_NS / NS_PER_SECOND)
		return FAR_FUTURE_NS;
	return (u64)seconds * NS_PER_SECOND + (u64)fraction * (NS_PER_SECOND / per_second);
}

int copy_timespec_from_user(u64 *ns, const struct __kernel_timespec __user *from)
{
	struct __kernel_timespec time;

	if (copy_from_user(&time, from, sizeof(time)))
		return -EFAULT;
	if (time.tv_sec < 0 || time.tv_nsec < 0 || time.tv_nsec >= (s64)NS_PER_SECOND)
		return -EINVAL;
	*ns = ns_of(time.tv_sec, time.tv_nsec, NS_PER_SECOND);
	return 0;
}

int copy_timeval_from_user(u64 *ns, const struct __kernel_old_timeval __user *from)
{
	struct __kernel_old_timeval time;

	if (copy_from_user(&time, from, sizeof(time)))
		return -EFAULT;
	if (time.tv_sec < 0 || time.tv_usec < 0 || time.tv_usec >= US_PER_SECOND)
		return -EINVAL;
	*ns = ns_of(time.tv_sec, time.tv_usec, US_PER_SECOND);
	return 0;
}

int copy_timespec_to_user(struct __kernel_timespec __user *to, u64 ns)
{
	const u64 words[] = {ns / NS_PER_SECOND, ns % NS_PER_SECOND};

	return copy_words_to_user(to, words, ARRAY_SIZE(words));
}

int copy_timeval_to_user(struct __kernel_old_timeval __user *to, u64 ns)
{
	const u64 words[] = {ns / NS_PER_SECOND, ns % NS_PER_SECOND / NS_PER_US};

	return copy_words_to_user(to, words, ARRAY_SIZE(words));
}

int copy_timeout_from_user(u64 *deadline_ns, const struct __kernel_timespec __user *timeout)
{
	u64 ns;
	int err;

	*deadline_ns = DEADLINE_NEVER;
	if (!timeout)
		return 0;
	err = copy_timespec_from_user(&ns, timeout);
	if (!err)
		*deadline_ns = deadline_after(ns);
	return err;
}

int copy_select_timeout_from_user(u64 *deadline_ns,
				  const struct __kernel_old_timeval __user *timeout)
{
	struct __kernel_old_timeval time;

	*deadline_ns = DEADLINE_NEVER;
	if (!timeout)
		return 0;
	if (copy_from_user(&time, timeout, sizeof(time)))
		return -EFAULT;
	if (time.tv_sec < 0 || time.tv_usec < 0)
		return -EINVAL;
	if (__builtin_add_overflow(time.tv_sec, time.tv_usec / US_PER_SECOND, &time.tv_sec))
		time.tv_sec = INT64_MAX;
	*deadline_ns =
		deadline_after(ns_of(time.tv_sec, time.tv_usec % US_PER_SECOND, US_PER_SECOND));
	return 0;
}
