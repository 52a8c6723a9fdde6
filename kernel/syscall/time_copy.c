// SPDX-License-Identifier: MIT
/* Time structures of the ABI. */
#include "syscall/time_copy.h"
#include "core/errno.h"
#include "sched/sched.h"
#include "time/clock.h"
#include "vm/user_copy.h"

#define FAR_FUTURE_NS (DEADLINE_NEVER / 2) /* 292 years */

struct two_words {
	s64 seconds, fraction;
};

static int get(const void __user *from, u64 *ns, s64 per_second)
{
	struct two_words time;

	if (copy_from_user(&time, from, sizeof(time)))
		return -EFAULT;
	if (time.seconds < 0 || time.fraction < 0 || time.fraction >= per_second)
		return -EINVAL;
	if ((u64)time.seconds >= FAR_FUTURE_NS / NS_PER_SECOND)
		*ns = FAR_FUTURE_NS;
	else
		*ns = (u64)time.seconds * NS_PER_SECOND +
		      (u64)time.fraction * (NS_PER_SECOND / (u64)per_second);
	return 0;
}

int timespec_get(const void __user *from, u64 *ns)
{
	return get(from, ns, NS_PER_SECOND);
}

int timeval_get(const void __user *from, u64 *ns)
{
	return get(from, ns, 1000000);
}

int timespec_put(void __user *to, u64 ns)
{
	return put_user_pair(ns / NS_PER_SECOND, ns % NS_PER_SECOND, to);
}

int timeval_put(void __user *to, u64 ns)
{
	return put_user_pair(ns / NS_PER_SECOND, ns % NS_PER_SECOND / NS_PER_US, to);
}

u64 timespec_add(u64 now, u64 ns)
{
	return ns > FAR_FUTURE_NS - now ? FAR_FUTURE_NS : now + ns;
}
