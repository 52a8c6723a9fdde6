// SPDX-License-Identifier: MIT
/*
 * policy_fifo.c -- who comes first runs until it waits, yields or ends.
 *
 * Idea.  One queue. No slice, no preemption between ordinary threads, no weights. It is the least
 *   that a scheduler can be, and what the others are compared with: short jobs wait behind long
 *   ones, and a thread that never waits starves all that come after it.
 * Cost.  A few instructions.
 * Tests.  policy_fifo_test.c, tests/guest/process/proc_sched_policy.c.
 */
#include "arch/arch_percpu.h"
#include "sched/runqueue.h"

struct fifo_queue {
	struct list_node ready; /* [runqueue] */
};

static PERCPU(struct fifo_queue, cpu_queue);

static struct fifo_queue *queue_of(const struct runqueue *rq)
{
	return rq->queues[SCHED_RANK_fifo];
}

static void fifo_init_cpu(struct runqueue *rq)
{
	struct fifo_queue *queue = on_cpu(cpu_queue, rq->cpu);

	list_init(&queue->ready);
	rq->queues[SCHED_RANK_fifo] = queue;
}

static void fifo_enqueue(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	/* What has preempted it was urgent: it is still the first. */
	if (why == SCHED_PREEMPTED)
		list_add_first(&queue_of(rq)->ready, &t->run_node);
	else
		list_add_last(&queue_of(rq)->ready, &t->run_node);
}

static void fifo_dequeue(struct runqueue *rq, struct thread *t)
{
	(void)rq;
	list_remove(&t->run_node);
}

static struct thread *fifo_pick(struct runqueue *rq)
{
	struct list_node *node = list_pop_first(&queue_of(rq)->ready);

	return node ? list_entry(node, struct thread, run_node) : NULL;
}

static bool fifo_charge(struct runqueue *rq, struct thread *t, u64 ran_cycles)
{
	(void)rq, (void)t, (void)ran_cycles;
	return false;
}

static bool fifo_preempts(const struct runqueue *rq, const struct thread *candidate,
			  const struct thread *running)
{
	(void)rq, (void)candidate, (void)running;
	return false;
}

const struct sched_policy policy_fifo = {
	.name = "fifo",
	.rank = SCHED_RANK_fifo,
	.linux_policies = SCHED_ORDINARY_THREADS,
	.keeps_order = true,
	.init_cpu = fifo_init_cpu,
	.enqueue = fifo_enqueue,
	.dequeue = fifo_dequeue,
	.pick = fifo_pick,
	.charge = fifo_charge,
	.preempts = fifo_preempts,
};
