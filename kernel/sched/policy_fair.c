// SPDX-License-Identifier: MIT
/*
 * policy_fair.c -- every thread gets its share of the CPU by weight, and knows how long it waits.
 *
 * Idea.  EEVDF, earliest eligible virtual deadline first (Stoica and Abdel-Wahab, 1995; Linux since
 *   6.6). A thread's virtual time is what it had of the CPU, divided by its weight. The average of
 *   all ready threads, weighted, is the time of a machine that serves all at once. A thread whose
 *   virtual time is not beyond it has lag >= 0, had no more than its share, and is eligible. Each
 *   asks for `latency` divided by the number of ready threads, but not for less than `slice`; its
 *   deadline is the virtual time at which it will have had that. The eligible thread with the
 *   earliest deadline is next. It keeps the CPU until it has had what it asked for, or until one
 *   wakes that is eligible and has an earlier deadline.
 *   A thread that waits keeps its lag, at most what it would ask for: so it has a little credit
 *   and cannot save up more, and it does not get rid of what it owes by a short sleep. It owes at
 *   most a turn, which ends at a tick, later than asked for if that was little. A new thread begins
 *   at the average, or owes what its parent does; one that comes from another policy begins at the
 *   average, too. A thread that yields forgoes the rest of what it has asked for.
 *   What a thread owes is gone when it ends. So its parent pays for its first turn, at its start,
 *   unless it owes as much already: who has its work done by children that end before their turn
 *   does has no more than its share. If nobody else is ready, nobody is paid.
 *   What a thread owes is CPU time. When its weight changes, its lag is scaled, so that weight *
 *   lag stays (sched_reweighed): a thread of little weight that owes a millisecond, which is long
 *   in its virtual time, does not owe a second because it comes to weigh more.
 * Invariants.
 *   F1  `sum` and `load` are the sums of weight * (virtual time - base) and of weight over the
 *       queued threads. So a thread is eligible if (virtual time - base) * load <= sum, without a
 *       division, and exactly: of the queued threads at least one is.
 *   F2  policy_key is the weight by which the thread's virtual time and lag came to be; 0: none
 *       yet. A thread that is queued or runs is counted with it until the next charge.
 *   F3  `earliest` is the least virtual time in the tree below a node, its own included. So the
 *       search for the first deadline of an eligible thread skips what has none.
 *   F4  base follows the average: at each pick, and when a thread is placed. A thread asks for at
 *       most a second, has at most SCHED_COUNTED_MAX cycles more than that when it is charged, and
 *       is placed with a lag of at most that or a tick. So its weight times its distance from the
 *       average of then is at most 1024 * 2 * SCHED_COUNTED_MAX, 2^45, whatever its weight. The
 *       average of those that stay, when others leave, moves by as much as the distances of these
 *       allow. So with PID_MAX (2^15) threads |sum| is at most 2^61.
 * Cost.  O(log n) for each operation: a tree by deadline.
 * Tests.  policy_fair_test.c, tests/guest/process/proc_sched_policy.c.
 */
#include "arch/arch_clock.h"
#include "arch/arch_percpu.h"
#include "core/assert.h"
#include "sched/account/sched_tick.h"
#include "sched/runqueue.h"
#include "sched/sched.h"
#include "sched/sched_weight.h"
#include "time/clock.h"

enum { FAIR_LATENCY, FAIR_SLICE, NR_SETTINGS };

/* [a] */
static struct sched_setting settings[NR_SETTINGS] = {
	[FAIR_LATENCY] = {.name = "latency",
			  .is_time = true,
			  .least = NS_PER_MS,
			  .most = NS_PER_SECOND,
			  .value = 20 * NS_PER_MS},
	[FAIR_SLICE] = {.name = "slice",
			.is_time = true,
			.least = 100 * NS_PER_US,
			.most = NS_PER_SECOND,
			.value = 4 * NS_PER_MS},
};

/* Virtual times are in cycles as a thread at nice 0 uses them. */
struct fair_data {
	u64 vtime;
	union {
		u64 deadline; /* queued: virtual */
		s64 lag;      /* waiting: of the average, when it left; virtual */
	};
	u64 earliest; /* queued: F3 */
	u32 home;     /* home_of() the CPU whose virtual times its own can be compared with */
};

struct fair_queue {
	struct rb_root_cached by_deadline; /* [runqueue] */
	u64 base;			   /* [runqueue] F4 */
	s64 sum, load;			   /* [runqueue] F1 */
	unsigned nr;			   /* [runqueue] queued */
};

static PERCPU(struct fair_queue, cpu_queue);
static s64 latency_cycles, slice_cycles, tick_cycles; /* [a] */

static struct fair_queue *queue_of(const struct runqueue *rq)
{
	return rq->queues[SCHED_RANK_fair];
}

static struct fair_data *data_of(const struct thread *t)
{
	return thread_policy_data(struct fair_data, (struct thread *)t);
}

/* 0: the thread has no virtual time yet. */
static u32 home_of(const struct runqueue *rq)
{
	return rq->cpu + 1;
}

static struct thread *thread_at(const struct rb_node *node)
{
	return rb_entry(node, struct thread, tree_node);
}

static void fair_settings_changed(void)
{
	WRITE_ONCE(latency_cycles, (s64)sched_ns_to_cycles(settings[FAIR_LATENCY].value));
	WRITE_ONCE(slice_cycles, (s64)sched_ns_to_cycles(settings[FAIR_SLICE].value));
	WRITE_ONCE(tick_cycles, (s64)sched_ns_to_cycles(sched_tick_ns()));
}

static void fair_init_cpu(struct runqueue *rq)
{
	struct fair_queue *queue = on_cpu(cpu_queue, rq->cpu);

	fair_settings_changed();
	*queue = (struct fair_queue){};
	rq->queues[SCHED_RANK_fair] = queue;
}

/* --- the tree and its sums ------------------------------------------------------------------- */

static bool is_due_before(const struct rb_node *a, const struct rb_node *b)
{
	return (s64)(data_of(thread_at(a))->deadline - data_of(thread_at(b))->deadline) < 0;
}

static u64 earlier(u64 vtime, const struct rb_node *node)
{
	u64 other = node ? data_of(thread_at(node))->earliest : vtime;

	return (s64)(other - vtime) < 0 ? other : vtime;
}

static void find_earliest(struct rb_node *node)
{
	struct fair_data *data = data_of(thread_at(node));

	data->earliest = earlier(earlier(data->vtime, node->left), node->right); /* F3 */
}

/* Count @t, or no longer. F1 */
static void count(struct fair_queue *queue, const struct thread *t, s64 weight)
{
	queue->sum += weight * (s64)(data_of(t)->vtime - queue->base);
	queue->load += weight;
}

static void insert(struct fair_queue *queue, struct thread *t)
{
	bool first;

	count(queue, t, t->policy_key); /* F2 */
	queue->nr++;
	first = rb_insert_augmented(&queue->by_deadline.root, &t->tree_node, is_due_before,
				    find_earliest);
	if (first)
		queue->by_deadline.leftmost = &t->tree_node;
}

static void take_off(struct fair_queue *queue, struct thread *t)
{
	if (queue->by_deadline.leftmost == &t->tree_node)
		queue->by_deadline.leftmost = rb_next(&t->tree_node);
	rb_erase_augmented(&queue->by_deadline.root, &t->tree_node, find_earliest);
	count(queue, t, -(s64)t->policy_key);
	queue->nr--;
}

/* F4 */
static void move_base(struct fair_queue *queue, u64 mean)
{
	queue->sum -= queue->load * (s64)(mean - queue->base);
	queue->base = mean;
}

/* --- the average and who is eligible --------------------------------------------------------- */

/* The sums as they are with the running thread, if it is one of ours. */
struct sums {
	s64 sum, load;
};

static struct sums sums_with(const struct fair_queue *queue, const struct thread *running,
			     u64 vtime)
{
	s64 weight = running->policy_key; /* F2 */

	return (struct sums){queue->sum + weight * (s64)(vtime - queue->base),
			     queue->load + weight};
}

/* Is the running thread @t, which has become one of ours while it runs, not charged yet? */
static bool is_new_here(const struct runqueue *rq, const struct thread *t)
{
	return data_of(t)->home != home_of(rq);
}

/*
 * The thread that has the CPU and counts among those that want it; NULL: none. It may be about to
 * sleep, and changes its state without the lock (sched.c: S1): then it counts or not, as if it had
 * been a moment later or earlier.
 */
static const struct thread *running_one(const struct runqueue *rq)
{
	const struct thread *t = rq->current;
	bool counts = t && t != rq->idle && t->policy == &policy_fair &&
		      READ_ONCE(t->state) == THREAD_RUNNING && !is_new_here(rq, t);

	return counts ? t : NULL;
}

static bool is_eligible(const struct fair_queue *queue, struct sums sums, u64 vtime)
{
	/* A light thread that ran for long, and many heavy ones: more than 64 bits. */
	return (__int128)(s64)(vtime - queue->base) * sums.load <= sums.sum;
}

/* Their average. */
static u64 average(const struct fair_queue *queue, struct sums sums)
{
	s64 mean = 0;

	if (sums.load)
		mean = sums.sum >= 0 ? sums.sum / sums.load
				     : -((-sums.sum + sums.load - 1) / sums.load);
	return queue->base + (u64)mean;
}

/* What a thread asks for now, in cycles of the CPU. */
static s64 request(const struct fair_queue *queue)
{
	s64 part = READ_ONCE(latency_cycles) / (s64)(queue->nr + 1);

	return max(part, READ_ONCE(slice_cycles));
}

/* What a thread of @weight may have in a turn, as virtual time. */
static s64 turn(const struct fair_queue *queue, u32 weight)
{
	return (s64)sched_weighted(weight, (u64)max(request(queue), READ_ONCE(tick_cycles)));
}

/* @lag, within what @t would ask for, and may owe. */
static s64 limited(const struct fair_queue *queue, const struct thread *t, s64 lag)
{
	u32 weight = sched_weight(t);
	s64 most = (s64)sched_weighted(weight, (u64)request(queue));

	return max(-turn(queue, weight), min(lag, most));
}

/*
 * @t joins those of @sums with the lag that it left with. It moves the average itself, towards its
 * own virtual time; so it is placed further away, by as much as makes its lag right afterwards:
 * by at most what a thread of the weight @sums.load would ask for, or owe.
 */
static void place(struct fair_queue *queue, struct thread *t, struct sums sums)
{
	struct fair_data *data = data_of(t);
	s64 lag = limited(queue, t, sched_reweighed(t, data->lag)); /* F2 */
	u64 mean = average(queue, sums);

	if (sums.load)
		lag += lag * t->policy_key / sums.load;
	data->vtime = mean - (u64)lag;
	move_base(queue, mean);
}

/* The sums of all that want this CPU, also of the one that has it. */
static struct sums sums_of_all(const struct runqueue *rq)
{
	const struct fair_queue *queue = queue_of(rq);
	const struct thread *running = running_one(rq);

	return running ? sums_with(queue, running, data_of(running)->vtime)
		       : (struct sums){queue->sum, queue->load};
}

/* --- the hooks ------------------------------------------------------------------------------- */

static void fair_enqueue(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	struct fair_queue *queue = queue_of(rq);
	struct fair_data *data = data_of(t);

	if (why == SCHED_NEW || why == SCHED_RECLASSED || why == SCHED_WOKEN ||
	    data->home != home_of(rq) || t->policy_key != sched_weight(t))
		place(queue, t, sums_of_all(rq));
	data->home = home_of(rq);
	if (why == SCHED_YIELDED && t->slice_left_cycles > 0) {
		data->vtime += sched_weighted(t->policy_key, (u64)t->slice_left_cycles);
		t->slice_left_cycles = 0;
	}
	if (t->slice_left_cycles <= READ_ONCE(slice_cycles) / SCHED_REST_DIVISOR)
		t->slice_left_cycles = request(queue);
	data->deadline = data->vtime + sched_weighted(t->policy_key, (u64)t->slice_left_cycles);
	insert(queue, t);
}

/* It is moved, or has another weight from now on: it keeps its lag. */
static void fair_dequeue(struct runqueue *rq, struct thread *t)
{
	struct fair_queue *queue = queue_of(rq);
	struct fair_data *data = data_of(t);
	u64 mean = average(queue, sums_of_all(rq));

	take_off(queue, t);
	data->lag = (s64)(mean - data->vtime);
}

/* The first by deadline that is eligible. F3 */
static struct thread *first_eligible(const struct fair_queue *queue)
{
	struct sums sums = {queue->sum, queue->load};
	struct rb_node *node = queue->by_deadline.leftmost;

	if (is_eligible(queue, sums, data_of(thread_at(node))->vtime))
		return thread_at(node);
	node = queue->by_deadline.root.node;
	for (;;) {
		struct rb_node *left = node->left;

		if (left && is_eligible(queue, sums, data_of(thread_at(left))->earliest)) {
			node = left;
			continue;
		}
		if (is_eligible(queue, sums, data_of(thread_at(node))->vtime))
			return thread_at(node);
		node = node->right;
		debug_assert(node); /* F1 */
	}
}

static struct thread *fair_pick(struct runqueue *rq)
{
	struct fair_queue *queue = queue_of(rq);
	struct thread *t;

	if (!queue->nr)
		return NULL;
	move_base(queue, average(queue, (struct sums){queue->sum, queue->load}));
	t = first_eligible(queue);
	take_off(queue, t);
	data_of(t)->lag = 0; /* no deadline any more; it is eligible, so its lag is at least that */
	return t;
}

/* The running thread @t has another weight than it was charged with: its lag becomes that of F2. */
static void reweigh_running(struct fair_queue *queue, struct thread *t)
{
	struct fair_data *data = data_of(t);

	place(queue, t, (struct sums){queue->sum, queue->load});
	data->lag = (s64)(average(queue, sums_with(queue, t, data->vtime)) - data->vtime);
}

static bool fair_charge(struct runqueue *rq, struct thread *t, u64 ran_cycles)
{
	struct fair_queue *queue = queue_of(rq);
	struct fair_data *data = data_of(t);

	if (unlikely(is_new_here(rq, t))) {
		data->vtime = average(queue, (struct sums){queue->sum, queue->load});
		data->home = home_of(rq);
		t->policy_key = sched_weight(t);
	}
	data->vtime += sched_weighted(t->policy_key, ran_cycles);
	t->slice_left_cycles -= (s64)ran_cycles;
	if (!queue->nr)
		move_base(queue, data->vtime); /* alone, it is the average */
	data->lag = (s64)(average(queue, sums_with(queue, t, data->vtime)) - data->vtime);
	if (unlikely(t->policy_key != sched_weight(t)))
		reweigh_running(queue, t);
	return t->slice_left_cycles <= READ_ONCE(slice_cycles) / SCHED_REST_DIVISOR;
}

static bool fair_preempts(const struct runqueue *rq, const struct thread *candidate,
			  const struct thread *running)
{
	const struct fair_queue *queue = queue_of(rq);
	const struct fair_data *data = data_of(candidate), *its = data_of(running);
	/* The counter of its CPU may be a little ahead of this one's. */
	s64 ran = max((s64)(arch_clock_cycles() - running->started_cycles), 0L);
	s64 left = max(running->slice_left_cycles, 0L);
	u64 deadline, vtime;

	if (candidate->linux_policy == SCHED_BATCH || candidate->linux_policy == SCHED_IDLE ||
	    is_new_here(rq, running))
		return false;
	deadline = its->vtime + sched_weighted(running->policy_key, (u64)left);
	vtime = its->vtime + sched_weighted(running->policy_key, (u64)ran);
	return (s64)(data->deadline - deadline) < 0 &&
	       is_eligible(queue, sums_with(queue, running, vtime), data->vtime);
}

static void fair_inherit(struct thread *child, struct thread *parent)
{
	struct fair_data *data = data_of(parent);
	s64 most = turn(on_cpu(cpu_queue, parent->cpu), parent->policy_key);

	data_of(child)->lag = min(data->lag, 0L);
	child->policy_key = parent->policy_key; /* F2: the child may have another weight */
	data->vtime += (u64)max(0L, min(data->lag + most, most));
}

const struct sched_policy policy_fair = {
	.name = "fair",
	.rank = SCHED_RANK_fair,
	.linux_policies = SCHED_ORDINARY_THREADS,
	.init_cpu = fair_init_cpu,
	.enqueue = fair_enqueue,
	.dequeue = fair_dequeue,
	.pick = fair_pick,
	.charge = fair_charge,
	.preempts = fair_preempts,
	.inherit = fair_inherit,
	.settings = settings,
	.nr_settings = NR_SETTINGS,
	.settings_changed = fair_settings_changed,
};
