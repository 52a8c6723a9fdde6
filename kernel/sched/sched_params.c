// SPDX-License-Identifier: MIT
/*
 * sched_params.c -- how a thread is scheduled: its policy, its priority, its nice value.
 *
 * Idea.  A change is made with the thread's run queue locked. One that is queued is taken out
 *   before, and put in again by its new policy.
 * Locks.  runqueue.
 * Tests.  sched_sim_test.c, sched_moves_test.c, tests/guest/process/proc_sched.c.
 */
#include "sched/sched_params.h"
#include "arch/arch_clock.h"
#include "core/errno.h"
#include "sched/account/sched_account.h"
#include "sched/runqueue.h"
#include "sched/sched.h"

#include <linux/sched.h>

int sched_change_nice(struct thread *t, int nice, bool may_fall)
{
	struct runqueue *rq;
	irq_state_t state;
	bool queued;

	rq = runqueue_lock_of(t, &state);
	runqueue_assert_locked(rq);
	if (!may_fall && nice < t->nice) {
		spin_unlock_irq_restore(&rq->lock, state);
		return -EACCES;
	}
	/* An urgent one keeps its place in the queue: its weight is of no meaning now. */
	queued = READ_ONCE(t->state) == THREAD_READY && sched_policy_is_ordinary(t->policy);
	if (queued)
		runqueue_remove(rq, t);
	WRITE_ONCE(t->nice, max(-20, min(nice, 19)));
	if (queued)
		runqueue_add(rq, t, SCHED_REWEIGHTED);
	else if (t == rq->current)
		runqueue_want_resched(rq); /* what it has had until now is charged at once */
	spin_unlock_irq_restore(&rq->lock, state);
	return 0;
}

/* NULL: there is none with such values. */
static const struct sched_policy *policy_for(const struct sched_parameters *wanted)
{
	const struct sched_policy *policy =
		sched_policy_for(wanted->linux_policy & ~(u32)SCHED_RESET_ON_FORK);

	if (!policy || wanted->rt_priority < policy->priority_min ||
	    wanted->rt_priority > policy->priority_max ||
	    (policy->reserving && !policy->reserving->allows(&wanted->reservation)))
		return NULL;
	return policy;
}

int sched_check_parameters(const struct sched_parameters *wanted)
{
	return policy_for(wanted) ? 0 : -EINVAL;
}

/* May @t have these, now that its run queue is locked? What they reserve is reserved then. */
static int admit(struct thread *t, const struct sched_policy *policy,
		 const struct sched_parameters *wanted, bool privileged)
{
	/* sched.c: S7. If it dies from now on, it leaves its CPU after this section: S1. */
	if (READ_ONCE(t->state) == THREAD_DEAD)
		return -ESRCH;
	if (t->reset_on_fork && !(wanted->linux_policy & SCHED_RESET_ON_FORK) && !privileged)
		return -EPERM;
	if (policy->on_all_cpus && !sched_is_on_all_cpus(t->affinity))
		return -EPERM;
	return policy->reserving ? policy->reserving->admit(t, &wanted->reservation) : 0;
}

/* Does @t keep what its policy knows of it? SCHED_BATCH forgives nothing, nor a new reservation. */
static bool stays_known(const struct thread *t, const struct sched_policy *policy)
{
	return (sched_policy_is_ordinary(policy) && sched_policy_is_ordinary(t->policy)) ||
	       (policy == t->policy && policy->reserving);
}

static void change(struct runqueue *rq, struct thread *t, const struct sched_policy *policy,
		   const struct sched_parameters *wanted) REQUIRES(rq->lock)
{
	bool queued = READ_ONCE(t->state) == THREAD_READY, goes_over = !stays_known(t, policy);

	if (queued)
		runqueue_remove(rq, t);
	if (goes_over)
		runqueue_reclass(rq, t, policy);
	t->linux_policy = wanted->linux_policy & ~(u32)SCHED_RESET_ON_FORK;
	t->reset_on_fork = wanted->linux_policy & SCHED_RESET_ON_FORK;
	t->rt_priority = wanted->rt_priority;
	if (!wanted->keeps_nice)
		WRITE_ONCE(t->nice, wanted->nice);
	if (policy->reserving)
		policy->reserving->adopt(t, &wanted->reservation);
	if (queued)
		runqueue_add(rq, t, goes_over ? SCHED_RECLASSED : SCHED_REWEIGHTED);
	runqueue_want_resched(rq); /* another thread may be the one to run now */
}

/* Locks: the run queue of @t. */
static void tell(const struct thread *t, struct sched_parameters *out)
{
	*out = (struct sched_parameters){
		.linux_policy = t->linux_policy, .rt_priority = t->rt_priority, .nice = t->nice};
	if (t->reset_on_fork)
		out->linux_policy |= SCHED_RESET_ON_FORK;
	if (t->policy->reserving)
		t->policy->reserving->tell(t, &out->reservation);
}

static bool is_still(const struct thread *t, const struct sched_parameters *seen)
{
	const struct sched_reservation *was = &seen->reservation;
	struct sched_parameters now;

	tell(t, &now);
	return now.linux_policy == seen->linux_policy && now.rt_priority == seen->rt_priority &&
	       now.nice == seen->nice && now.reservation.runtime_ns == was->runtime_ns &&
	       now.reservation.deadline_ns == was->deadline_ns &&
	       now.reservation.period_ns == was->period_ns && now.reservation.flags == was->flags;
}

int sched_change_parameters(struct thread *t, const struct sched_parameters *seen,
			    const struct sched_parameters *wanted, bool privileged)
{
	const struct sched_policy *policy = policy_for(wanted);
	struct runqueue *rq;
	irq_state_t state;
	int err;

	if (!policy)
		return -EINVAL;
	rq = runqueue_lock_of(t, &state);
	runqueue_assert_locked(rq);
	err = seen && !is_still(t, seen) ? -EAGAIN : admit(t, policy, wanted, privileged);
	if (!err)
		change(rq, t, policy, wanted);
	spin_unlock_irq_restore(&rq->lock, state);
	return err;
}

void sched_get_parameters(const struct thread *t, struct sched_parameters *out)
{
	irq_state_t state;
	struct runqueue *rq = runqueue_lock_of(t, &state);

	runqueue_assert_locked(rq);
	tell(t, out);
	spin_unlock_irq_restore(&rq->lock, state);
}

int sched_inherit(struct thread *child, struct thread *parent)
{
	irq_state_t state;
	struct runqueue *rq = runqueue_lock_of(parent, &state);
	bool reset = parent->reset_on_fork;
	int err = 0;

	runqueue_assert_locked(rq);
	if (unlikely(reset && !sched_policy_is_ordinary(parent->policy))) {
		child->policy = sched_policy_default();
		child->linux_policy = SCHED_NORMAL;
	} else if (unlikely(parent->policy->reserving)) {
		err = -EBUSY;
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
	return err;
}
