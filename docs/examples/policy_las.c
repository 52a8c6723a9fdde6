// SPDX-License-Identifier: MIT
/* policy_las.c -- least attained service: who has had least of the CPU so far is next. */
#include "sched/runqueue.h"

static PERCPU(struct list_node, ready); /* [runqueue] */

static void las_init_cpu(struct runqueue *rq)
{
	rq->queues[SCHED_RANK_las] = on_cpu(ready, rq->cpu);
	list_init(rq->queues[SCHED_RANK_las]);
}

static void las_enqueue(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	list_add_last(rq->queues[SCHED_RANK_las], &t->run_node);
}

static void las_dequeue(struct runqueue *rq, struct thread *t)
{
	list_remove(&t->run_node);
}

static struct thread *las_pick(struct runqueue *rq)
{
	struct thread *t, *least = NULL;

	list_for_each_entry(t, (struct list_node *)rq->queues[SCHED_RANK_las], run_node)
		if (!least || t->run_cycles < least->run_cycles)
			least = t;
	if (least)
		list_remove(&least->run_node);
	return least;
}

static bool las_charge(struct runqueue *rq, struct thread *t, u64 ran_cycles)
{
	return true; /* every tick asks again who is next */
}

static bool las_preempts(const struct runqueue *rq, const struct thread *candidate,
			 const struct thread *running)
{
	return candidate->run_cycles < running->run_cycles;
}

const struct sched_policy policy_las = {
	.name = "las",
	.rank = SCHED_RANK_las,
	.linux_policies = SCHED_ORDINARY_THREADS,
	.init_cpu = las_init_cpu,
	.enqueue = las_enqueue,
	.dequeue = las_dequeue,
	.pick = las_pick,
	.charge = las_charge,
	.preempts = las_preempts,
};
