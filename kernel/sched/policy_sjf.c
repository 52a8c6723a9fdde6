// SPDX-License-Identifier: MIT
/*
 * policy_sjf.c -- the thread that is expected to need the CPU for the shortest time goes first.
 *
 * Idea.  A burst is what a thread uses of the CPU from when it wakes until it waits again. The next
 *   one is expected to be as long as an exponential average of those before: after each the
 *   expected length is alpha % of the last burst and the rest of what was expected. A thread that
 *   has run longer than expected is expected to go on for as long again. A child is expected to be
 *   like its parent, and goes on with its burst, so that a thread gains nothing by going on as its
 *   own child.
 *   Without `preempt` a thread runs until it waits, yields or ends; with it, a thread that has less
 *   left takes the CPU: shortest time to completion first. The least average wait, if the
 *   expectations are right; threads with long bursts starve while shorter ones come in.
 * Cost.  O(log n) for each operation: a tree by what is left.
 * Tests.  policy_sjf_test.c, tests/guest/process/proc_sched_policy.c.
 */
#include "arch/arch_clock.h"
#include "arch/arch_percpu.h"
#include "sched/runqueue.h"
#include "sched/sched_weight.h"
#include "time/clock.h"

/* Years. A longer burst is as long: a hundred times its length is less than 2^64. */
#define BURST_MAX_CYCLES (1UL << 56)

enum { ALPHA, INITIAL, PREEMPT, NR_SETTINGS };

/* [a] */
static struct sched_setting settings[NR_SETTINGS] = {
	[ALPHA] = {.name = "alpha", .least = 1, .most = 100, .value = 50},
	[INITIAL] = {.name = "initial",
		     .is_time = true,
		     .least = NS_PER_US,
		     .most = 10 * NS_PER_SECOND,
		     .value = 10 * NS_PER_MS},
	[PREEMPT] = {.name = "preempt", .least = 0, .most = 1, .value = 0},
};

/* What is known of a thread, in cycles. */
struct sjf_data {
	u64 expected; /* length of its burst; 0: nothing is known */
	u64 used;     /* of this burst */
	u64 left;     /* queued: the key in the tree */
};

struct sjf_queue {
	struct rb_root_cached by_left; /* [runqueue] */
};

static PERCPU(struct sjf_queue, cpu_queue);
static u64 initial_cycles; /* [a] */

static struct sjf_queue *queue_of(const struct runqueue *rq)
{
	return rq->queues[SCHED_RANK_sjf];
}

static struct sjf_data *data_of(const struct thread *t)
{
	return thread_policy_data(struct sjf_data, (struct thread *)t);
}

static bool is_preemptive(void)
{
	return READ_ONCE(settings[PREEMPT].value);
}

static void sjf_settings_changed(void)
{
	WRITE_ONCE(initial_cycles, max(sched_ns_to_cycles(settings[INITIAL].value), 1UL));
}

static void sjf_init_cpu(struct runqueue *rq)
{
	struct sjf_queue *queue = on_cpu(cpu_queue, rq->cpu);

	sjf_settings_changed();
	*queue = (struct sjf_queue){};
	rq->queues[SCHED_RANK_sjf] = queue;
}

static bool has_less_left(const struct rb_node *a, const struct rb_node *b)
{
	return data_of(rb_entry(a, struct thread, tree_node))->left <
	       data_of(rb_entry(b, struct thread, tree_node))->left;
}

/* What a thread that has used @used of its burst is expected to need still. */
static u64 left_after(const struct sjf_data *data, u64 used)
{
	return used < data->expected ? data->expected - used : used;
}

/* A burst is over. */
static void learn(struct sjf_data *data)
{
	u64 alpha = READ_ONCE(settings[ALPHA].value);

	data->expected = max((alpha * data->used + (100 - alpha) * data->expected) / 100, 1UL);
	data->used = 0;
}

static void sjf_enqueue(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	struct sjf_data *data = data_of(t);

	if (!data->expected)
		data->expected = READ_ONCE(initial_cycles);
	else if (why == SCHED_WOKEN)
		learn(data);
	data->left = left_after(data, data->used);
	rb_insert_cached(&queue_of(rq)->by_left, &t->tree_node, has_less_left);
}

static void sjf_dequeue(struct runqueue *rq, struct thread *t)
{
	rb_erase_cached(&queue_of(rq)->by_left, &t->tree_node);
}

static struct thread *sjf_pick(struct runqueue *rq)
{
	struct rb_root_cached *tree = &queue_of(rq)->by_left;
	struct rb_node *first = rb_first_cached(tree);

	if (!first)
		return NULL;
	rb_erase_cached(tree, first);
	return rb_entry(first, struct thread, tree_node);
}

static bool sjf_charge(struct runqueue *rq, struct thread *t, u64 ran_cycles)
{
	struct sjf_data *data = data_of(t);
	struct rb_node *first = rb_first_cached(&queue_of(rq)->by_left);

	data->used = min(data->used + ran_cycles, BURST_MAX_CYCLES);
	return is_preemptive() && first &&
	       data_of(rb_entry(first, struct thread, tree_node))->left <
		       left_after(data, data->used);
}

static bool sjf_preempts(const struct runqueue *rq, const struct thread *candidate,
			 const struct thread *running)
{
	const struct sjf_data *data = data_of(running);
	u64 used = data->used + arch_clock_cycles() - running->started_cycles;

	(void)rq;
	return is_preemptive() && data_of(candidate)->left < left_after(data, used);
}

static void sjf_inherit(struct thread *child, struct thread *parent)
{
	*data_of(child) = *data_of(parent);
}

const struct sched_policy policy_sjf = {
	.name = "sjf",
	.rank = SCHED_RANK_sjf,
	.linux_policies = SCHED_ORDINARY_THREADS,
	.keeps_order = true,
	.init_cpu = sjf_init_cpu,
	.enqueue = sjf_enqueue,
	.dequeue = sjf_dequeue,
	.pick = sjf_pick,
	.charge = sjf_charge,
	.preempts = sjf_preempts,
	.inherit = sjf_inherit,
	.settings = settings,
	.nr_settings = NR_SETTINGS,
	.settings_changed = sjf_settings_changed,
};
