// SPDX-License-Identifier: MIT
/*
 * policy_stride.c -- each thread advances by its stride, and the one that is behind runs.
 *
 * Idea.  Stride scheduling (Waldspurger, 1995): a thread's pass grows with what it uses of the CPU,
 *   the slower the more it weighs; the thread with the least pass is next, for a quantum. So
 *   shares are exact to a quantum, where a lottery (policy_lottery.c) is right on average. A thread
 *   that yields pays for the rest of its quantum.
 *   One that wakes, or is new, begins at the pass of the queue, or at its own if that is larger: it
 *   has saved up nothing, and what it had too much it still owes. A pass means something only among
 *   the threads of one CPU: one that moves takes along by how much it was ahead of the queue.
 *   A child begins at its parent's pass. What a thread owes is gone when it ends: so its parent
 *   pays for its first turn, at its start, unless it owes as much already. Who has its work done by
 *   children that end before their turn does has no more than its share.
 *   Passes begin again at 0 after the largest number: a thread of the least weight that is alone
 *   gets there in months. So two are compared by the sign of their difference. A thread that sleeps
 *   keeps its pass, and may seem to be far ahead when it wakes; nobody owes more than DEBT_MAX_NS.
 *   What a thread is ahead is CPU time that it owes: it is scaled when its weight changes.
 * Invariants.
 *   P1  The queue's pass is the least of a ready or running thread, as of the last charge, but it
 *       never goes back. No queued thread is behind it.
 *   P2  policy_key is the weight by which the thread's pass came to be; 0: none yet.
 * Cost.  O(log n) for each operation: a tree by pass.
 * Tests.  policy_stride_test.c, tests/guest/process/proc_sched_policy.c.
 */
#include "arch/arch_percpu.h"
#include "core/assert.h"
#include "sched/account/sched_tick.h"
#include "sched/runqueue.h"
#include "sched/sched.h"
#include "sched/sched_weight.h"
#include "time/clock.h"

/* The longest quantum or tick at the least weight counts as 341 s. */
#define DEBT_MAX_NS (1000 * NS_PER_SECOND)

enum { QUANTUM, NR_SETTINGS };

/* [a] */
static struct sched_setting settings[NR_SETTINGS] = {
	[QUANTUM] = SCHED_QUANTUM,
};

struct stride_data {
	u64 pass;	/* cycles, as if it weighed as much as one at nice 0 */
	u32 cpu_plus_1; /* with whose threads' that can be compared; 0: a new thread */
};

struct stride_queue {
	struct rb_root_cached by_pass; /* [runqueue] */
	u64 pass;		       /* [runqueue] P1; reads also without: [a] */
};

static PERCPU(struct stride_queue, cpu_queue);
/* [a] turn_cycles: what a thread may have in a turn, which ends at a tick */
static s64 quantum_cycles, turn_cycles, debt_max_cycles;

static struct stride_queue *queue_of(const struct runqueue *rq)
{
	return rq->queues[SCHED_RANK_stride];
}

static struct stride_data *data_of(const struct thread *t)
{
	return thread_policy_data(struct stride_data, (struct thread *)t);
}

static void stride_settings_changed(void)
{
	WRITE_ONCE(quantum_cycles, (s64)sched_ns_to_cycles(settings[QUANTUM].value));
	WRITE_ONCE(turn_cycles,
		   (s64)sched_ns_to_cycles(max(settings[QUANTUM].value, sched_tick_ns())));
	WRITE_ONCE(debt_max_cycles, (s64)sched_ns_to_cycles(DEBT_MAX_NS));
}

static void stride_init_cpu(struct runqueue *rq)
{
	struct stride_queue *queue = on_cpu(cpu_queue, rq->cpu);

	stride_settings_changed();
	*queue = (struct stride_queue){};
	rq->queues[SCHED_RANK_stride] = queue;
}

/* By how much pass @a is ahead of @b; below 0, it is behind. */
static s64 lead(u64 a, u64 b)
{
	return (s64)(a - b);
}

/* By how much the thread of @data is ahead of the queue that it was in last. */
static s64 owed(const struct stride_data *data)
{
	s64 owes = 0;

	if (data->cpu_plus_1) /* perhaps another CPU's: as it was a moment ago, or is in a moment */
		owes = lead(data->pass, READ_ONCE(on_cpu(cpu_queue, data->cpu_plus_1 - 1)->pass));
	return owes < 0 || owes > READ_ONCE(debt_max_cycles) ? 0 : owes;
}

static u64 pass_at(const struct rb_node *node)
{
	return data_of(rb_entry(node, struct thread, tree_node))->pass;
}

static bool is_behind(const struct rb_node *a, const struct rb_node *b)
{
	return lead(pass_at(a), pass_at(b)) < 0;
}

static void stride_enqueue(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	struct stride_queue *queue = queue_of(rq);
	struct stride_data *data = data_of(t);
	s64 quantum = READ_ONCE(quantum_cycles);

	if (why == SCHED_YIELDED && t->slice_left_cycles > 0) {
		data->pass += sched_weighted(sched_weight(t), (u64)t->slice_left_cycles);
		t->slice_left_cycles = 0;
	}
	if (t->slice_left_cycles <= quantum / SCHED_REST_DIVISOR)
		t->slice_left_cycles = quantum;
	data->pass = queue->pass + (u64)sched_reweighed(t, owed(data)); /* P1, P2 */
	data->cpu_plus_1 = rq->cpu + 1;
	rb_insert_cached(&queue->by_pass, &t->tree_node, is_behind);
}

static void stride_dequeue(struct runqueue *rq, struct thread *t)
{
	rb_erase_cached(&queue_of(rq)->by_pass, &t->tree_node);
}

static struct thread *stride_pick(struct runqueue *rq)
{
	struct stride_queue *queue = queue_of(rq);
	struct rb_node *first = rb_first_cached(&queue->by_pass);
	struct thread *t;

	if (!first)
		return NULL;
	t = rb_entry(first, struct thread, tree_node);
	debug_assert(lead(data_of(t)->pass, queue->pass) >= 0); /* P1 */
	rb_erase_cached(&queue->by_pass, first);
	return t;
}

static bool stride_charge(struct runqueue *rq, struct thread *t, u64 ran_cycles)
{
	struct stride_queue *queue = queue_of(rq);
	struct rb_node *first = rb_first_cached(&queue->by_pass);
	struct stride_data *data = data_of(t);
	u32 weight = t->policy_key ? t->policy_key : sched_weight(t); /* P2 */
	u64 least;

	data->pass += sched_weighted(weight, ran_cycles);
	if (unlikely(weight != sched_weight(t)))
		data->pass = queue->pass + (u64)sched_reweighed(t, lead(data->pass, queue->pass));
	least = data->pass;
	if (first && lead(pass_at(first), least) < 0)
		least = pass_at(first);
	if (lead(least, queue->pass) > 0)
		WRITE_ONCE(queue->pass, least);
	t->slice_left_cycles -= (s64)ran_cycles;
	return t->slice_left_cycles <= READ_ONCE(quantum_cycles) / SCHED_REST_DIVISOR;
}

static bool stride_preempts(const struct runqueue *rq, const struct thread *candidate,
			    const struct thread *running)
{
	(void)rq, (void)candidate, (void)running;
	return false; /* a quantum is not cut short */
}

static void stride_inherit(struct thread *child, struct thread *parent)
{
	struct stride_data *data = data_of(parent);
	u32 weight = parent->policy_key ? parent->policy_key : sched_weight(parent); /* P2 */
	s64 turn = (s64)sched_weighted(weight, (u64)READ_ONCE(turn_cycles));

	*data_of(child) = *data;
	child->policy_key = weight; /* P2: the child may have another one */
	data->pass += (u64)max(0L, turn - owed(data));
}

const struct sched_policy policy_stride = {
	.name = "stride",
	.rank = SCHED_RANK_stride,
	.linux_policies = SCHED_ORDINARY_THREADS,
	.init_cpu = stride_init_cpu,
	.enqueue = stride_enqueue,
	.dequeue = stride_dequeue,
	.pick = stride_pick,
	.charge = stride_charge,
	.preempts = stride_preempts,
	.inherit = stride_inherit,
	.settings = settings,
	.nr_settings = NR_SETTINGS,
	.settings_changed = stride_settings_changed,
};
