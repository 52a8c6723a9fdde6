// SPDX-License-Identifier: MIT
/*
 * sched_params.c -- how a thread is scheduled: its policy, its priority, its nice value.
 *
 * Idea.  A change is made with the thread's run queue locked. One that is queued is taken out
 *   before, and put in again by its new policy.
 * Locks.  runqueue.
 * Tests.  sched_sim_test.c, sched_moves_test.c, tests/guest/process/proc_sched.c.
 */
#include "arch/arch_clock.h"
#include "core/errno.h"
#include "sched/runqueue.h"
#include "sched/sched.h"
#include "sched/sched_account.h"

#include <linux/sched.h>

int sched_set_nice(struct thread *t, int nice)
{
	struct runqueue *rq;
	irq_state_t state;
	bool queued;

	rq = runqueue_lock_of(t, &state);
	runqueue_assert_locked(rq);
	/* An urgent one keeps its place in the queue: its weight is of no meaning now. */
	queued = t->state == THREAD_READY && sched_policy_is_ordinary(t->policy);
	if (queued)
		runqueue_remove(rq, t);
	WRITE_ONCE(t->nice, max(-20, min(nice, 19)));
	if (queued)
		runqueue_add(rq, t, SCHED_REWEIGHTED);
	spin_unlock_irq_restore(&rq->lock, state);
	return 0;
}

int sched_check_policy(u32 linux_policy, u32 rt_priority)
{
	const struct sched_policy *policy =
		sched_policy_for(linux_policy & ~(u32)SCHED_RESET_ON_FORK);

	return policy && rt_priority >= policy->priority_min && rt_priority <= policy->priority_max
		       ? 0
		       : -EINVAL;
}

int sched_set_policy(struct thread *t, u32 linux_policy, u32 rt_priority, bool privileged)
{
	bool reset_on_fork = linux_policy & SCHED_RESET_ON_FORK, queued, goes_over;
	const struct sched_policy *policy;
	struct runqueue *rq;
	irq_state_t state;

	if (sched_check_policy(linux_policy, rt_priority))
		return -EINVAL;
	linux_policy &= ~(u32)SCHED_RESET_ON_FORK;
	rq = runqueue_lock_of(t, &state);
	runqueue_assert_locked(rq);
	if (t->reset_on_fork && !reset_on_fork && !privileged) {
		spin_unlock_irq_restore(&rq->lock, state);
		return -EPERM;
	}
	queued = t->state == THREAD_READY;
	if (queued)
		runqueue_remove(rq, t);
	policy = sched_policy_for(linux_policy);
	/* One of ordinary threads keeps what is known of it: SCHED_BATCH forgives nothing. */
	goes_over = !sched_policy_is_ordinary(policy) || !sched_policy_is_ordinary(t->policy);
	if (goes_over)
		runqueue_reclass(rq, t, policy);
	t->linux_policy = linux_policy;
	t->reset_on_fork = reset_on_fork;
	t->rt_priority = rt_priority;
	if (queued)
		runqueue_add(rq, t, goes_over ? SCHED_RECLASSED : SCHED_REWEIGHTED);
	runqueue_want_resched(rq); /* another thread may be the one to run now */
	spin_unlock_irq_restore(&rq->lock, state);
	return 0;
}

void sched_inherit(struct thread *child, const struct thread *parent)
{
	irq_state_t state;
	struct runqueue *rq = runqueue_lock_of(parent, &state);
	bool reset = parent->reset_on_fork;

	runqueue_assert_locked(rq);
	if (unlikely(reset && !sched_policy_is_ordinary(parent->policy))) {
		child->policy = sched_policy_default();
		child->linux_policy = SCHED_NORMAL;
	} else {
		child->policy = parent->policy;
		child->linux_policy = parent->linux_policy;
		child->rt_priority = parent->rt_priority;
		child->nice = reset ? max(parent->nice, 0) : parent->nice;
		if (parent->policy->inherit) {
			/* What it has used until now counts. */
			if (parent == rq->current)
				sched_account(rq, rq->current, arch_clock_cycles());
			parent->policy->inherit(child, parent);
		}
	}
	child->affinity = parent->affinity;
	spin_unlock_irq_restore(&rq->lock, state);
}
