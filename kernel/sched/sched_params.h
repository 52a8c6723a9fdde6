/* SPDX-License-Identifier: MIT */
/* How a thread is scheduled: policy, priority, nice value, and what it has reserved. */
#pragma once

#include "sched/sched.h"
#include "sched/sched_policy.h"

/* The caller checks permissions. -EACCES: it is to be less than now, and that is not allowed. */
int sched_change_nice(struct thread *t, int nice, bool may_fall);
static inline int sched_set_nice(struct thread *t, int nice)
{
	return sched_change_nice(t, nice, true);
}
struct sched_parameters {
	u32 linux_policy; /* SCHED_*, with SCHED_RESET_ON_FORK or without */
	u32 rt_priority;
	s32 nice;			      /* -20..19 */
	bool keeps_nice;		      /* what is wanted: `nice` does not count */
	struct sched_reservation reservation; /* of SCHED_DEADLINE */
};
/* Is there such a policy, with such values? 0, -EINVAL. */
int sched_check_parameters(const struct sched_parameters *wanted) __must_check;
/*
 * Set them, if they are right, and if @t is still as it was @seen when the caller looked whether
 * they are allowed: else -EAGAIN. @seen may be NULL: however it is. Only the @privileged may take
 * SCHED_RESET_ON_FORK away from a thread that has it: -EPERM. The same if the policy needs all
 * CPUs, and the thread may not run on all. -EBUSY: there is not so much left to reserve; -ESRCH:
 * the thread is dead.
 */
int sched_change_parameters(struct thread *t, const struct sched_parameters *seen,
			    const struct sched_parameters *wanted, bool privileged);
static inline int sched_set_parameters(struct thread *t, const struct sched_parameters *wanted,
				       bool privileged)
{
	return sched_change_parameters(t, NULL, wanted, privileged);
}
/* The same, of a policy that reserves nothing. */
static inline int sched_set_policy(struct thread *t, u32 linux_policy, u32 rt_priority,
				   bool privileged)
{
	return sched_set_parameters(t,
				    &(struct sched_parameters){.linux_policy = linux_policy,
							       .rt_priority = rt_priority,
							       .keeps_nice = true},
				    privileged);
}
/* All of one moment. */
void sched_get_parameters(const struct thread *t, struct sched_parameters *out);
/* Has @t, the current thread, a part of the CPUs for itself? */
static inline bool sched_has_reservation(const struct thread *t)
{
	return READ_ONCE(t->policy)->reserving;
}
/* May a thread with this affinity run on all CPUs that are up? */
static inline bool sched_is_on_all_cpus(u64 affinity)
{
	return !(sched_cpus_up() & ~affinity);
}
/*
 * Give @child, which has not started, the parameters that children of @parent start with. -EBUSY:
 * what @parent has reserved is for it alone.
 */
int sched_inherit(struct thread *child, struct thread *parent) __must_check;
