// SPDX-License-Identifier: MIT
/* Queues of ready threads: asks the policies, in the order of their importance. */
#include "sched/runqueue.h"
#include "core/assert.h"

static const struct sched_policy *const policies[] = {&policy_realtime, &policy_round_robin};
static struct runqueue runqueues[CPUS_MAX];

struct runqueue *runqueue_of(unsigned cpu)
{
	return &runqueues[cpu];
}

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
	t->policy->enqueue(rq, t, why);
}

void runqueue_remove(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	debug_assert(t->on_queue);
	t->on_queue = false;
	rq->nr_ready--;
	t->policy->dequeue(rq, t, why);
}

struct thread *runqueue_pick(struct runqueue *rq)
{
	if (rq->nr_ready)
		for (unsigned i = 0; i < ARRAY_SIZE(policies); i++) {
			struct thread *t = policies[i]->pick(rq);

			if (t) {
				t->on_queue = false;
				rq->nr_ready--;
				return t;
			}
		}
	return rq->idle;
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
	if (policy_rank(candidate) != policy_rank(running))
		return policy_rank(candidate) < policy_rank(running);
	return candidate->policy->preempts(rq, candidate, running);
}
