// SPDX-License-Identifier: MIT
/* Queues of ready threads: asks the policies, in the order of their table. */
#include "sched/runqueue.h"
#include "core/assert.h"

static const struct sched_policy *const policies[SCHED_NR_POLICIES] = {
#define SCHED_POLICY(name) [SCHED_RANK_##name] = &policy_##name,
	SCHED_POLICY_TABLE(SCHED_POLICY)
#undef SCHED_POLICY
};
#define LAST_POLICY policies[SCHED_NR_POLICIES - 1]

PERCPU(struct runqueue, runqueue);

const struct sched_policy *sched_policy_for(u32 linux_policy)
{
	for (unsigned i = 0; i < SCHED_NR_POLICIES; i++)
		if (linux_policy < 32 && (policies[i]->linux_policies & BIT(linux_policy)))
			return policies[i];
	return NULL;
}

const struct sched_policy *sched_policy_default(void)
{
	return LAST_POLICY;
}

void runqueue_init(struct runqueue *rq, unsigned cpu)
{
	spin_lock_init(&rq->lock, runqueue);
	rq->cpu = cpu;
	for (unsigned i = 0; i < SCHED_NR_POLICIES; i++) {
		debug_assert(policies[i]->rank == i);
		policies[i]->init_cpu(rq);
	}
}

void runqueue_add(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	assert_spin_held(&rq->lock);
	debug_assert(t->state != THREAD_DEAD && t != rq->idle);
	debug_assert(t->cpu == rq->cpu); /* sched.c: S6 */
	t->state = THREAD_READY;
	rq->nr_ready++;
	/* Mostly there are only threads of the last: their queue is asked first. */
	if (unlikely(t->policy != LAST_POLICY))
		rq->nr_urgent++;
	t->policy->enqueue(rq, t, why);
}

void runqueue_remove(struct runqueue *rq, struct thread *t)
{
	assert_spin_held(&rq->lock);
	debug_assert(t->state == THREAD_READY && t->cpu == rq->cpu);
	rq->nr_ready--;
	if (t->policy != LAST_POLICY)
		rq->nr_urgent--;
	t->policy->dequeue(rq, t);
}

/* The policies before the last have had their share, and threads of the last are ready. */
static bool others_first(const struct runqueue *rq)
{
	return rq->is_throttled && rq->nr_ready > rq->nr_urgent;
}

static struct thread *pick_urgent(struct runqueue *rq)
{
	struct thread *t = NULL;

	rq->nr_urgent--;
	for (unsigned i = 0; !t; i++)
		t = policies[i]->pick(rq);
	return t;
}

struct thread *runqueue_pick(struct runqueue *rq)
{
	struct thread *t = rq->idle;

	assert_spin_held(&rq->lock);
	if (likely(rq->nr_ready)) {
		bool urgent = unlikely(rq->nr_urgent) && !others_first(rq);

		t = urgent ? pick_urgent(rq) : LAST_POLICY->pick(rq);
		rq->nr_ready--;
	}
	t->state = THREAD_RUNNING;
	return t;
}

bool runqueue_tick(struct runqueue *rq, u64 now_cycles)
{
	bool changed = false;

	assert_spin_held(&rq->lock);
	for (unsigned i = 0; i < SCHED_NR_POLICIES; i++)
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
	if (candidate->policy != running->policy)
		return (candidate->policy->rank < running->policy->rank) != rq->is_throttled;
	return candidate->policy->preempts(rq, candidate, running);
}
