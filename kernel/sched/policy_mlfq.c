// SPDX-License-Identifier: MIT
/*
 * policy_mlfq.c -- a multi-level feedback queue: who uses little of the CPU goes before who uses
 * much.
 *
 * Idea.  The rules of "Operating Systems: Three Easy Pieces", chapter 8:
 *     1  A thread of a higher level runs before one of a lower (level 0 is the highest).
 *     2  Threads of one level run in turn, a quantum each.
 *     3  A new thread begins at the highest level.
 *     4  A thread that has used up its allotment at a level, in however many bursts, goes one down.
 *     5  After some time, `boost`, all threads move to the highest level.
 *   So the kernel learns which threads answer somebody without being told. But a child begins where
 *   its parent is: else a thread would stay at the top for ever by going on as its own child.
 * Invariants.
 *   M1  A level's bit in not_empty is set exactly while its list is not empty.
 *   M2  A thread whose epoch is not the queue's was there before the last boost: it is at level 0,
 *       with nothing used, and in that list if it is queued. So a boost does not visit threads.
 * Cost.  A pick looks at one word; a boost joins a list for each level.
 * Tests.  policy_mlfq_test.c, tests/guest/process/proc_sched_policy.c.
 */
#include "arch/arch_clock.h"
#include "arch/arch_percpu.h"
#include "sched/runqueue.h"
#include "sched/sched_weight.h"
#include "time/clock.h"

#define LEVELS_MAX 16

enum { LEVELS, QUANTUM, ALLOTMENT, BOOST, NR_SETTINGS };

/* [a] */
static struct sched_setting settings[NR_SETTINGS] = {
	[LEVELS] = {.name = "levels", .least = 1, .most = LEVELS_MAX, .value = 8},
	[QUANTUM] = SCHED_QUANTUM,
	[ALLOTMENT] = {.name = "allotment",
		       .is_time = true,
		       .least = 100 * NS_PER_US,
		       .most = 10 * NS_PER_SECOND,
		       .value = 20 * NS_PER_MS},
	/* 0: never */
	[BOOST] = {.name = "boost",
		   .is_time = true,
		   .least = 0,
		   .most = 3600 * NS_PER_SECOND,
		   .value = NS_PER_SECOND},
};

struct mlfq_data {
	u16 level;
	u16 cpu;	 /* whose epochs it knows */
	u32 epoch;	 /* M2; 0: a new thread */
	u64 used_cycles; /* of its allotment at this level */
};

struct mlfq_queue {
	struct list_node by_level[LEVELS_MAX]; /* [runqueue] */
	u32 not_empty;			       /* [runqueue] M1; bit: level */
	u32 epoch;			       /* [runqueue] 1 and one more with each boost */
	u64 boosted_at;			       /* [runqueue] in cycles */
	u32 nr_changes; /* [runqueue] those of the settings that it knows of */
};

static PERCPU(struct mlfq_queue, cpu_queue);
static u32 nr_changes;			   /* [a] of the settings */
static s64 quantum_cycles;		   /* [a] */
static u64 allotment_cycles, boost_cycles; /* [a] */

static struct mlfq_queue *queue_of(const struct runqueue *rq)
{
	return rq->queues[SCHED_RANK_mlfq];
}

static struct mlfq_data *data_of(const struct thread *t)
{
	return thread_policy_data(struct mlfq_data, (struct thread *)t);
}

static void mlfq_settings_changed(void)
{
	WRITE_ONCE(quantum_cycles, (s64)sched_ns_to_cycles(settings[QUANTUM].value));
	WRITE_ONCE(allotment_cycles, sched_ns_to_cycles(settings[ALLOTMENT].value));
	WRITE_ONCE(boost_cycles, sched_ns_to_cycles(settings[BOOST].value));
	WRITE_ONCE(nr_changes, nr_changes + 1);
}

static void mlfq_init_cpu(struct runqueue *rq)
{
	struct mlfq_queue *queue = on_cpu(cpu_queue, rq->cpu);

	mlfq_settings_changed();
	*queue = (struct mlfq_queue){.epoch = 1, .boosted_at = arch_clock_cycles()};
	for (unsigned i = 0; i < LEVELS_MAX; i++)
		list_init(&queue->by_level[i]);
	rq->queues[SCHED_RANK_mlfq] = queue;
}

static u32 level_of(const struct mlfq_queue *queue, const struct thread *t)
{
	const struct mlfq_data *data = data_of(t);

	return data->epoch == queue->epoch ? data->level : 0; /* M2 */
}

/* Let @t know of the last boost. M2 */
static struct mlfq_data *update(const struct mlfq_queue *queue, struct thread *t)
{
	struct mlfq_data *data = data_of(t);

	if (data->epoch != queue->epoch)
		*data = (struct mlfq_data){.epoch = queue->epoch, .cpu = data->cpu};
	return data;
}

/* @t may come from another CPU, which counts its boosts for itself: it keeps its level. */
static void arrive(const struct mlfq_queue *queue, struct thread *t, unsigned cpu)
{
	struct mlfq_data *data = data_of(t);

	if (data->cpu == cpu)
		return;
	data->cpu = (u16)cpu;
	if (data->epoch)
		data->epoch = queue->epoch;
}

static void boost(struct mlfq_queue *queue, u64 now)
{
	queue->boosted_at = now;
	queue->epoch += queue->epoch == ~0U ? 2 : 1;
	for (unsigned i = 1; i < LEVELS_MAX; i++)
		list_splice_last(&queue->by_level[0], &queue->by_level[i]);
	queue->not_empty = !list_is_empty(&queue->by_level[0]);
}

/* Rule 5; and after a change, when threads may be at levels that are no more. */
static void boost_when_due(struct mlfq_queue *queue)
{
	u64 every = READ_ONCE(boost_cycles), now = arch_clock_cycles();
	u32 changes = READ_ONCE(nr_changes);

	if (queue->nr_changes != changes || (every && now - queue->boosted_at >= every))
		boost(queue, now);
	queue->nr_changes = changes;
}

static u32 lowest_level(void)
{
	return (u32)READ_ONCE(settings[LEVELS].value) - 1;
}

static void mlfq_enqueue(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	struct mlfq_queue *queue = queue_of(rq);
	struct mlfq_data *data = data_of(t);
	s64 quantum = READ_ONCE(quantum_cycles);
	bool goes_on = why == SCHED_PREEMPTED;

	arrive(queue, t, rq->cpu);
	update(queue, t);
	/* The levels may have become fewer. */
	if (data->level > lowest_level() || t->linux_policy == SCHED_IDLE)
		data->level = (u16)lowest_level();
	if (t->slice_left_cycles <= quantum / SCHED_REST_DIVISOR) {
		t->slice_left_cycles = quantum;
		goes_on = false;
	}
	/* One that a higher level has preempted goes on with its turn. */
	if (goes_on)
		list_add_first(&queue->by_level[data->level], &t->run_node);
	else
		list_add_last(&queue->by_level[data->level], &t->run_node);
	queue->not_empty |= 1U << data->level;
}

static void mlfq_dequeue(struct runqueue *rq, struct thread *t)
{
	struct mlfq_queue *queue = queue_of(rq);
	u32 level = level_of(queue, t);

	list_remove(&t->run_node);
	if (list_is_empty(&queue->by_level[level]))
		queue->not_empty &= ~(1U << level);
}

static struct thread *mlfq_pick(struct runqueue *rq)
{
	struct mlfq_queue *queue = queue_of(rq);
	struct thread *t;

	boost_when_due(queue);
	if (!queue->not_empty)
		return NULL;
	t = list_first_entry(&queue->by_level[__builtin_ctz(queue->not_empty)], struct thread,
			     run_node);
	mlfq_dequeue(rq, t);
	return t;
}

static bool mlfq_charge(struct runqueue *rq, struct thread *t, u64 ran_cycles)
{
	struct mlfq_queue *queue = queue_of(rq);
	struct mlfq_data *data;

	boost_when_due(queue);
	data = update(queue, t);
	data->used_cycles += ran_cycles;
	t->slice_left_cycles -= (s64)ran_cycles;
	/* Rule 4. Here and not when it is queued: alone on the CPU, it is not queued. */
	if (data->used_cycles >= READ_ONCE(allotment_cycles)) {
		data->used_cycles = 0;
		data->level = (u16)min((u32)data->level + 1, lowest_level());
		t->slice_left_cycles = 0;
	}
	return t->slice_left_cycles <= READ_ONCE(quantum_cycles) / SCHED_REST_DIVISOR ||
	       queue->not_empty & ((1U << data->level) - 1);
}

static bool mlfq_preempts(const struct runqueue *rq, const struct thread *candidate,
			  const struct thread *running)
{
	const struct mlfq_queue *queue = queue_of(rq);

	return level_of(queue, candidate) < level_of(queue, running);
}

static void mlfq_inherit(struct thread *child, struct thread *parent)
{
	*data_of(child) = *data_of(parent);
}

const struct sched_policy policy_mlfq = {
	.name = "mlfq",
	.rank = SCHED_RANK_mlfq,
	.linux_policies = SCHED_ORDINARY_THREADS,
	.init_cpu = mlfq_init_cpu,
	.enqueue = mlfq_enqueue,
	.dequeue = mlfq_dequeue,
	.pick = mlfq_pick,
	.charge = mlfq_charge,
	.preempts = mlfq_preempts,
	.inherit = mlfq_inherit,
	.settings = settings,
	.nr_settings = NR_SETTINGS,
	.settings_changed = mlfq_settings_changed,
};
