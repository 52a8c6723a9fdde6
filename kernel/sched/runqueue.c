// SPDX-License-Identifier: MIT
/* Queues of ready threads: asks the policies, in the order of their importance. */
#include "sched/runqueue.h"
#include "core/assert.h"

/* In the order of importance. Mostly there are only threads of the last: it is asked first. */
static const struct sched_policy *const policies[] = {&policy_realtime, &policy_round_robin};
#define LAST_POLICY policy_round_robin

struct runqueue runqueues[CPUS_MAX];

void runqueue_init(struct runqueue *rq, unsigned cpu)
{
	spin_lock_init(&rq->lock, runqueue);
	rq->cpu = cpu;
	for (unsigned i = 0; i < ARRAY_SIZE(policies); i++)
		policies[i]->init_cpu(rq);
}

void runqueue_add(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	debug_assert(!t->on_queue && t != rq->idle);
	t->on_queue = true;
	t->cpu = rq->cpu;
	rq->nr_ready++;
	if (unlikely(t->policy != &LAST_POLICY))
		rq->nr_urgent++;
	t->policy->enqueue(rq, t, why);
}

void runqueue_remove(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	debug_assert(t->on_queue);
	t->on_queue = false;
	rq->nr_ready--;
	if (t->policy != &LAST_POLICY)
		rq->nr_urgent--;
	t->policy->dequeue(rq, t, why);
}

/* Real-time threads have had their share, and there are others who are ready. */
static bool others_first(const struct runqueue *rq)
{
	return rq->realtime_throttled && rq->nr_ready > rq->nr_urgent;
}

struct thread *runqueue_pick(struct runqueue *rq)
{
	struct thread *t = NULL;

	if (!rq->nr_ready)
		return rq->idle;
	if (unlikely(rq->nr_urgent) && !others_first(rq)) {
		rq->nr_ready--;
		rq->nr_urgent--;
		for (unsigned i = 0; !t; i++)
			t = policies[i]->pick(rq);
	} else {
		rq->nr_ready--;
		t = LAST_POLICY.pick(rq);
	}
	t->on_queue = false;
	return t;
}

static unsigned policy_rank(const struct thread *t)
{
	return t->policy == &policy_realtime ? 0 : 1;
}

bool runqueue_preempts(struct runqueue *rq, const struct thread *candidate)
{
	const struct thread *running = rq->current;

	if (running == rq->idle)
		return true;
	if (candidate->policy != running->policy)
		return (policy_rank(candidate) < policy_rank(running)) != rq->realtime_throttled;
	return candidate->policy->preempts(rq, candidate, running);
}
