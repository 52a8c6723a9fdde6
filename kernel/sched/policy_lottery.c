// SPDX-License-Identifier: MIT
/*
 * policy_lottery.c -- the next thread is drawn by lot.
 *
 * Idea.  Lottery scheduling (Waldspurger and Weihl, 1994): a thread holds tickets, as many as it
 *   weighs; one ticket of all ready threads' is drawn, and its holder runs for a quantum. Each gets
 *   its share on average, and none can starve for sure: of 100 threads with a ticket each, one
 *   waits for over 1,000 draws about once in 23,000 times. A thread that wakes only takes part in
 *   the next draw: it has saved up nothing.
 *   The numbers come from a generator for each CPU that begins with `seed` anew at every choice of
 *   the policy: the same threads draw the same lots.
 * Invariants.
 *   L1  Each node of the tree has the sum of the tickets in the tree below it, its own included.
 * Cost.  O(log n) for each operation: a tree of sums, in the order in which threads came.
 * Tests.  policy_lottery_test.c, tests/guest/process/proc_sched_policy.c.
 */
#include "arch/arch_percpu.h"
#include "lib/chance.h"
#include "sched/runqueue.h"
#include "sched/sched_weight.h"

enum { QUANTUM, TICKETS, SEED, NR_SETTINGS };

/* [a] */
static struct sched_setting settings[NR_SETTINGS] = {
	[QUANTUM] = SCHED_QUANTUM,
	/* of a thread at nice 0 */
	[TICKETS] = {.name = "tickets", .least = 1, .most = 1000000, .value = SCHED_WEIGHT_NORMAL},
	[SEED] = {.name = "seed", .least = 0, .most = ~0UL >> 1, .value = 1},
};

struct lottery_data {
	u64 tickets, sum; /* queued: L1 */
};

struct lottery_queue {
	struct rb_root tree;   /* [runqueue] */
	struct chance numbers; /* [runqueue] */
	u32 nr_changes;	       /* [runqueue] those of the settings when `numbers` began */
};

static PERCPU(struct lottery_queue, cpu_queue);
static s64 quantum_cycles; /* [a] */
static u32 nr_changes;	   /* [a] of the settings */

static struct lottery_queue *queue_of(const struct runqueue *rq)
{
	return rq->queues[SCHED_RANK_lottery];
}

static struct lottery_data *data_of(const struct thread *t)
{
	return thread_policy_data(struct lottery_data, (struct thread *)t);
}

static struct lottery_data *node_data(const struct rb_node *node)
{
	return data_of(rb_entry(node, struct thread, tree_node));
}

/* Begin anew if the settings have changed; the CPU's own queue is locked, no other. */
static void begin_numbers(struct lottery_queue *queue, unsigned cpu)
{
	/* The seed that was set before it; pairs with lottery_settings_changed. */
	u32 changes = __atomic_load_n(&nr_changes, __ATOMIC_ACQUIRE);

	if (likely(queue->nr_changes == changes))
		return;
	queue->nr_changes = changes;
	chance_init(&queue->numbers, READ_ONCE(settings[SEED].value) + ((u64)cpu << 40), 1);
}

static void lottery_settings_changed(void)
{
	WRITE_ONCE(quantum_cycles, (s64)sched_ns_to_cycles(settings[QUANTUM].value));
	/* Seen with the new seed: pairs with begin_numbers. */
	__atomic_store_n(&nr_changes, nr_changes + 1, __ATOMIC_RELEASE);
}

static void lottery_init_cpu(struct runqueue *rq)
{
	struct lottery_queue *queue = on_cpu(cpu_queue, rq->cpu);

	*queue = (struct lottery_queue){.nr_changes = READ_ONCE(nr_changes) - 1};
	WRITE_ONCE(quantum_cycles, (s64)sched_ns_to_cycles(settings[QUANTUM].value));
	rq->queues[SCHED_RANK_lottery] = queue;
}

static u64 sum_of(const struct rb_node *node)
{
	return node ? node_data(node)->sum : 0;
}

static void sum_up(struct rb_node *node)
{
	struct lottery_data *data = node_data(node);

	data->sum = sum_of(node->left) + data->tickets + sum_of(node->right); /* L1 */
}

static bool comes_before(const struct rb_node *a, const struct rb_node *b)
{
	(void)a, (void)b;
	return false; /* in order of arrival */
}

static void lottery_enqueue(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	u64 tickets = READ_ONCE(settings[TICKETS].value) * sched_weight(t) / SCHED_WEIGHT_NORMAL;
	s64 quantum = READ_ONCE(quantum_cycles);

	(void)why;
	if (t->slice_left_cycles <= quantum / SCHED_REST_DIVISOR)
		t->slice_left_cycles = quantum;
	data_of(t)->tickets = max(tickets, 1UL);
	(void)rb_insert_augmented(&queue_of(rq)->tree, &t->tree_node, comes_before, sum_up);
}

static void lottery_dequeue(struct runqueue *rq, struct thread *t)
{
	rb_erase_augmented(&queue_of(rq)->tree, &t->tree_node, sum_up);
}

/* The holder of the ticket with this number, which is less than their sum. */
static struct rb_node *holder_of(struct rb_node *node, u64 number)
{
	for (;;) {
		u64 before = sum_of(node->left), own = node_data(node)->tickets;

		if (number < before) {
			node = node->left;
		} else if (number < before + own) {
			return node;
		} else {
			number -= before + own;
			node = node->right;
		}
	}
}

static struct thread *lottery_pick(struct runqueue *rq)
{
	struct lottery_queue *queue = queue_of(rq);
	struct rb_node *winner;
	u64 sum = sum_of(queue->tree.node);

	if (!sum)
		return NULL;
	begin_numbers(queue, rq->cpu);
	winner = holder_of(queue->tree.node, chance_random(&queue->numbers) % sum);
	rb_erase_augmented(&queue->tree, winner, sum_up);
	return rb_entry(winner, struct thread, tree_node);
}

static bool lottery_charge(struct runqueue *rq, struct thread *t, u64 ran_cycles)
{
	(void)rq;
	t->slice_left_cycles -= (s64)ran_cycles;
	return t->slice_left_cycles <= READ_ONCE(quantum_cycles) / SCHED_REST_DIVISOR;
}

static bool lottery_preempts(const struct runqueue *rq, const struct thread *candidate,
			     const struct thread *running)
{
	(void)rq, (void)candidate, (void)running;
	return false; /* there is no draw before the quantum is over */
}

const struct sched_policy policy_lottery = {
	.name = "lottery",
	.rank = SCHED_RANK_lottery,
	.linux_policies = SCHED_ORDINARY_THREADS,
	.init_cpu = lottery_init_cpu,
	.enqueue = lottery_enqueue,
	.dequeue = lottery_dequeue,
	.pick = lottery_pick,
	.charge = lottery_charge,
	.preempts = lottery_preempts,
	.settings = settings,
	.nr_settings = NR_SETTINGS,
	.settings_changed = lottery_settings_changed,
};
