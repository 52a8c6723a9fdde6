// SPDX-License-Identifier: MIT
/*
 * runqueue.c -- the queues of ready threads: asks the policies.
 *
 * Idea.  Threads of urgent policies go first, in the order of the table; all others are queued by
 *   the policy that is chosen for ordinary threads. Another may be chosen while threads are ready.
 *   They are moved a few at a time, and as long as some are left in the old policy's queue it is
 *   served before the new one's. A thread that is not queued stays with the policy that it had, and
 *   goes over when it is queued.
 * Invariants.
 *   Q1  A queued thread is in the queue of thread.policy: an urgent one, rq->ordinary, or
 *       rq->leaving.
 *   Q2  nr_others counts the queued threads of all but rq->ordinary; nr_leaving those of
 *       rq->leaving, which no thread joins. It is NULL when there are none.
 *   Q3  An urgent policy may hold some of its queued threads back. These are not counted.
 * Locks.  runqueue, held by the callers.
 * Cost.  Nearly always all threads are of rq->ordinary: it is asked at once when nr_others is 0.
 * Tests.  sched_sim_test.c, sched_choice_test.c.
 */
#include "sched/runqueue.h"
#include "core/assert.h"
#include "lib/string.h"

#define MOVED_AT_ONCE 16

static const struct sched_policy *const policies[SCHED_NR_POLICIES] = {
#define SCHED_URGENT(policy) [SCHED_RANK_##policy] = &policy_##policy,
#define SCHED_ORDINARY(policy, name) [SCHED_RANK_##policy] = &policy_##policy,
#include "uapi/sched_policies.tbl.h"
#undef SCHED_URGENT
#undef SCHED_ORDINARY
};

#define SCHED_URGENT(policy) +1
#define SCHED_ORDINARY(policy, name)
enum {
	NR_URGENT = 0
#include "uapi/sched_policies.tbl.h"
};
#undef SCHED_URGENT
#undef SCHED_ORDINARY

PERCPU(struct runqueue, runqueue);

const struct sched_policy *sched_policy_for(u32 linux_policy)
{
	if (linux_policy < 32 && (SCHED_ORDINARY_THREADS & BIT(linux_policy)))
		return sched_policy_default();
	for (unsigned i = 0; i < NR_URGENT; i++)
		if (linux_policy < 32 && (policies[i]->linux_policies & BIT(linux_policy)))
			return policies[i];
	return NULL;
}

const struct sched_policy *sched_policy_ordinary(unsigned index)
{
	return index < SCHED_NR_POLICIES - NR_URGENT ? policies[NR_URGENT + index] : NULL;
}

void runqueue_init(struct runqueue *rq, unsigned cpu)
{
	spin_lock_init(&rq->lock, runqueue);
	rq->cpu = cpu;
	rq->ordinary = sched_policy_default();
	for (unsigned i = 0; i < SCHED_NR_POLICIES; i++) {
		debug_assert(policies[i]->rank == i);
		policies[i]->init_cpu(rq);
	}
}

void runqueue_reclass(struct runqueue *rq, struct thread *t, const struct sched_policy *policy)
{
	assert_spin_held(&rq->lock);
	if (t->policy != policy && t->policy->reserving)
		t->policy->reserving->leave(t);
	t->policy = policy;
	t->slice_left_cycles = 0;
	t->policy_key = 0;
	memset(t->policy_data, 0, sizeof(t->policy_data));
}

/* @t is not of rq->ordinary: it is urgent, or goes over to it. Returns why it is queued. */
static __noinline enum sched_event add_other(struct runqueue *rq, struct thread *t,
					     enum sched_event why) REQUIRES(rq->lock)
{
	if (sched_policy_is_ordinary(t->policy)) {
		runqueue_reclass(rq, t, rq->ordinary);
		return SCHED_RECLASSED;
	}
	rq->nr_others++;
	return why;
}

void runqueue_add(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	assert_spin_held(&rq->lock);
	debug_assert(t->state != THREAD_DEAD && t != rq->idle);
	debug_assert(t->cpu == rq->cpu); /* sched.c: S6 */
	WRITE_ONCE(t->state, THREAD_READY);
	rq->nr_ready++;
	if (unlikely(t->policy != rq->ordinary))
		why = add_other(rq, t, why);
	t->policy->enqueue(rq, t, why);
}

/* @t has left the queue of rq->leaving. Q2 */
static void left_leaving(struct runqueue *rq)
{
	if (!--rq->nr_leaving)
		rq->leaving = NULL;
}

void runqueue_remove(struct runqueue *rq, struct thread *t)
{
	assert_spin_held(&rq->lock);
	debug_assert(t->state == THREAD_READY && t->cpu == rq->cpu);
	t->policy->dequeue(rq, t);
	rq->nr_ready--;
	if (t->policy == rq->ordinary)
		return;
	rq->nr_others--;
	if (t->policy == rq->leaving)
		left_leaving(rq);
}

static struct thread *pick_leaving(struct runqueue *rq)
{
	struct thread *t = rq->leaving->pick(rq);

	rq->nr_others--;
	left_leaving(rq);
	return t;
}

/* For runqueue_urgency(), if it is picked to run here. */
static struct thread *note_urgent(struct runqueue *rq, struct thread *t)
{
	WRITE_ONCE(rq->urgency, t->policy->urgency(t));
	WRITE_ONCE(rq->urgent, t);
	return t;
}

static struct thread *pick_urgent(struct runqueue *rq)
{
	struct thread *t = NULL;

	rq->nr_others--;
	for (unsigned i = 0; !t; i++)
		t = policies[i]->pick(rq);
	return note_urgent(rq, t);
}

/* The urgent policies have had their share, and others are ready: these first, but for some. */
static struct thread *pick_not_throttled(struct runqueue *rq)
{
	struct thread *t = NULL;

	for (unsigned i = 0; !t && i < NR_URGENT; i++)
		if (policies[i]->has_own_limit)
			t = policies[i]->pick(rq);
	if (!t)
		return NULL;
	rq->nr_others--;
	return note_urgent(rq, t);
}

/* Some of the ready threads are not of rq->ordinary. */
static __noinline struct thread *pick_of_all(struct runqueue *rq)
{
	unsigned nr_urgent = rq->nr_others - rq->nr_leaving;
	struct thread *t;

	if (nr_urgent && !(rq->is_throttled && rq->nr_ready > nr_urgent))
		return pick_urgent(rq);
	t = nr_urgent ? pick_not_throttled(rq) : NULL;
	if (t)
		return t;
	return rq->nr_leaving ? pick_leaving(rq) : rq->ordinary->pick(rq);
}

struct thread *runqueue_pick(struct runqueue *rq)
{
	struct thread *t = rq->idle;

	assert_spin_held(&rq->lock);
	if (likely(rq->nr_ready)) {
		t = unlikely(rq->nr_others) ? pick_of_all(rq) : rq->ordinary->pick(rq);
		rq->nr_ready--;
	}
	WRITE_ONCE(t->state, THREAD_RUNNING);
	return t;
}

void runqueue_change_ordinary(struct runqueue *rq, const struct sched_policy *policy)
{
	assert_spin_held(&rq->lock);
	debug_assert(!rq->leaving);
	if (policy == rq->ordinary)
		return;
	rq->nr_leaving = rq->nr_ready - rq->nr_others;
	if (rq->nr_leaving)
		rq->leaving = rq->ordinary;
	rq->nr_others = rq->nr_ready; /* Q2: nobody has joined it yet */
	rq->ordinary = policy;
}

unsigned runqueue_move_some(struct runqueue *rq)
{
	assert_spin_held(&rq->lock);
	for (unsigned i = 0; i < MOVED_AT_ONCE && rq->leaving; i++) {
		struct thread *t = pick_leaving(rq);

		runqueue_reclass(rq, t, rq->ordinary);
		t->policy->enqueue(rq, t, SCHED_RECLASSED);
	}
	return rq->nr_leaving;
}

bool runqueue_tick(struct runqueue *rq, u64 now_cycles)
{
	bool changed = false;

	assert_spin_held(&rq->lock);
	for (unsigned i = 0; i < NR_URGENT; i++)
		if (policies[i]->tick)
			changed |= policies[i]->tick(rq, now_cycles);
	return changed && rq->nr_ready;
}

bool runqueue_preempts(struct runqueue *rq, const struct thread *candidate)
{
	const struct thread *running = rq->current;

	assert_spin_held(&rq->lock);
	if (running == rq->idle)
		return true;
	if (candidate->policy == running->policy)
		return candidate->policy->preempts(rq, candidate, running);
	if (sched_policy_is_ordinary(candidate->policy) &&
	    sched_policy_is_ordinary(running->policy))
		return false; /* @running is of the policy before the last change */
	return (candidate->policy->rank < running->policy->rank) !=
	       (rq->is_throttled && !candidate->policy->has_own_limit &&
		!running->policy->has_own_limit);
}
