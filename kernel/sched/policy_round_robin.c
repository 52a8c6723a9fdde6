// SPDX-License-Identifier: MIT
/*
 * policy_round_robin.c -- users share the CPU, their threads run in turn, and threads that mostly
 * wait get the CPU quickly.
 *
 * Idea. A slice is `quantum` (scaled by nice). A thread that uses up its slice goes to the tail of
 *   `ready` with a fresh one; one that blocks keeps the remainder. A thread that wakes with time
 *   left is queued in `woken`, which is served first, and may take the CPU from a thread that has
 *   held it for a while.
 *   The tick ends a slice, so a slice may last longer than it should, above all a short one. What a
 *   thread had too much it owes: while it owes, it is passed over, and each time that it gets to
 *   the head a slice of its own is paid.
 *   The threads of one user are queued in one share (some users in one, when there are many). The
 *   share that has used least goes first, so a user's many threads take nothing from other users. A
 *   share that did not want the CPU is behind by two slices at most: it is served at once, but
 *   cannot save up time.
 * Invariants.
 *   R1  No thread of a share starves: time in `woken` is paid from one slice, and a thread gets a
 *       new slice only by going through `ready` once.
 *   R2  A share with queued threads has its bit in not_empty. thread.policy_key is the share that a
 *       thread is queued or running in: that of its user when it became ready, as a program may
 *       change its user while it runs.
 * Cost. Two queues to look at; a few instructions for each other share with ready threads.
 * Tests. policy_round_robin_test.c, sched_sim_test.c.
 */
#include "arch/arch_clock.h"
#include "arch/arch_percpu.h"
#include "core/assert.h"
#include "lib/string.h"
#include "mm/account.h"
#include "sched/runqueue.h"
#include "sched/sched_weight.h"
#include "time/clock.h"

#include <linux/sched.h>

#define HELD_FOR_A_WHILE_DIVISOR 8 /* of a slice */
#define BEHIND_SLICES 2
#define PASSED_OVER_MAX 32 /* threads in a row: a choice takes bounded time */

enum { QUANTUM, NR_SETTINGS };

/* [a] */
static struct sched_setting settings[NR_SETTINGS] = {
	[QUANTUM] = SCHED_QUANTUM,
};

/* The ready threads of one user. */
struct share {
	struct list_node woken; /* [runqueue] woke with time left: before the others */
	struct list_node ready; /* [runqueue] */
	u64 used_cycles;	/* [runqueue] raised when the share has been empty for long */
} __cacheline_aligned;

struct round_robin_queue {
	struct share shares[CPU_SHARES]; /* [runqueue] by struct account.cpu_share */
	u32 not_empty;			 /* [runqueue] R2; bit: share */
	u64 most_used_cycles; /* [runqueue] the largest used_cycles of those that ran, never less */
};

static PERCPU(struct round_robin_queue, cpu_queue);

/* Written at a change of the settings while CPUs choose: each is read once for one decision. */
static u64 slice_cycles;      /* [a] at nice 0 */
static s64 behind_max_cycles; /* [a] */

static s64 rest_cycles; /* [a] less than this is none: SCHED_REST_DIVISOR */

static __always_inline struct round_robin_queue *queue_of(const struct runqueue *rq)
{
	return rq->queues[SCHED_RANK_round_robin];
}

static s64 full_slice(const struct thread *t)
{
	int nice = t->linux_policy == SCHED_IDLE ? 19 : t->nice;

	/* nice -20 gets three slices, 19 about a twentieth. */
	return (s64)(READ_ONCE(slice_cycles) * (u64)(20 - nice) / (nice < 0 ? 13 : 20));
}

/* A new slice for @t. What it owes is never more than a slice at nice 0. */
static __noinline void slice_begin(struct thread *t)
{
	s64 least = -(s64)READ_ONCE(slice_cycles);

	t->slice_left_cycles = max(t->slice_left_cycles, least) + full_slice(t);
}

static void round_robin_settings_changed(void)
{
	u64 slice = sched_ns_to_cycles(settings[QUANTUM].value);

	WRITE_ONCE(slice_cycles, slice);
	WRITE_ONCE(rest_cycles, (s64)(slice / SCHED_REST_DIVISOR));
	WRITE_ONCE(behind_max_cycles, (s64)(BEHIND_SLICES * slice));
}

static void round_robin_init_cpu(struct runqueue *rq)
{
	struct round_robin_queue *queue = on_cpu(cpu_queue, rq->cpu);

	round_robin_settings_changed();
	memset(queue, 0, sizeof(*queue));
	for (unsigned i = 0; i < CPU_SHARES; i++) {
		list_init(&queue->shares[i].woken);
		list_init(&queue->shares[i].ready);
	}
	rq->queues[SCHED_RANK_round_robin] = queue;
}

/* Share @i gets its first ready thread. R2 */
static __noinline void share_begin(struct round_robin_queue *queue, struct share *share, u32 i)
{
	s64 behind = (s64)(queue->most_used_cycles - share->used_cycles);
	s64 behind_max = READ_ONCE(behind_max_cycles);

	queue->not_empty |= 1U << i;
	if (unlikely(behind > behind_max))
		share->used_cycles = queue->most_used_cycles - (u64)behind_max;
}

/* A thread has left share @i. R2 */
static void share_left(struct round_robin_queue *queue, u32 i)
{
	const struct share *share = &queue->shares[i];

	if (list_is_empty(&share->woken) && list_is_empty(&share->ready))
		queue->not_empty &= ~(u32)BIT(i);
}

static void round_robin_enqueue(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	struct round_robin_queue *queue = queue_of(rq);
	u32 i = t->account ? READ_ONCE(t->account->cpu_share) : 0;
	struct share *share = &queue->shares[i];

	t->policy_key = i;
	if (t->slice_left_cycles <= READ_ONCE(rest_cycles)) { /* as a new thread, which has none */
		list_add_last(&share->ready, &t->run_node);
		slice_begin(t);
	} else if (why == SCHED_WOKEN) {
		list_add_last(&share->woken, &t->run_node);
	} else if (why == SCHED_PREEMPTED) {
		/* Its slice is not over: it goes on as soon as it can. */
		list_add_first(&share->ready, &t->run_node);
	} else {
		list_add_last(&share->ready, &t->run_node);
	}
	if (!(queue->not_empty & BIT(i)))
		share_begin(queue, share, i);
}

static void round_robin_dequeue(struct runqueue *rq, struct thread *t)
{
	list_remove(&t->run_node);
	share_left(queue_of(rq), t->policy_key);
}

/* The share that has used least of those with ready threads: there is one. */
static u32 share_first(const struct round_robin_queue *queue)
{
	u32 others = queue->not_empty, best = (u32)__builtin_ctz(others);

	while (unlikely(others &= others - 1)) {
		u32 i = (u32)__builtin_ctz(others);

		if ((s64)(queue->shares[i].used_cycles - queue->shares[best].used_cycles) < 0)
			best = i;
	}
	return best;
}

/*
 * The first of the ready threads of share @i, of which none is in `woken`, owes: take the first
 * that owes nothing; if it is alone, or among many that owe, any.
 */
static __noinline struct thread *pick_past_debtors(struct round_robin_queue *queue, u32 i)
{
	struct list_node *ready = &queue->shares[i].ready;
	struct thread *t = list_first_entry(ready, struct thread, run_node);
	s64 rest = READ_ONCE(rest_cycles);

	for (unsigned n = 0;
	     n < PASSED_OVER_MAX && t->slice_left_cycles <= rest && ready->next->next != ready;
	     n++) {
		slice_begin(t);
		list_remove(&t->run_node);
		list_add_last(ready, &t->run_node);
		t = list_first_entry(ready, struct thread, run_node);
	}
	list_remove(&t->run_node);
	share_left(queue, i);
	return t;
}

static struct thread *round_robin_pick(struct runqueue *rq)
{
	struct round_robin_queue *queue = queue_of(rq);
	struct list_node *node;
	struct share *share;
	struct thread *t;
	u32 i;

	if (!queue->not_empty)
		return NULL;
	i = share_first(queue);
	share = &queue->shares[i];
	node = list_is_empty(&share->woken) ? share->ready.next : share->woken.next;
	t = list_entry(node, struct thread, run_node);
	debug_assert(t->policy_key == i); /* R2 */
	/* One that woke had some left; less than now counts if the quantum has grown since. */
	if (unlikely(t->slice_left_cycles <= READ_ONCE(rest_cycles)) &&
	    list_is_empty(&share->woken))
		return pick_past_debtors(queue, i);
	list_remove(node);
	share_left(queue, i);
	return t;
}

static bool round_robin_charge(struct runqueue *rq, struct thread *t, u64 ran_cycles)
{
	struct round_robin_queue *queue = queue_of(rq);
	struct share *share = &queue->shares[t->policy_key];
	u64 used = share->used_cycles + ran_cycles;

	share->used_cycles = used;
	/* Here and not when it was picked: alone on the CPU, it is not picked again. */
	if ((s64)(used - queue->most_used_cycles) > 0)
		queue->most_used_cycles = used;
	t->slice_left_cycles -= (s64)ran_cycles;
	return t->slice_left_cycles <= READ_ONCE(rest_cycles);
}

static bool round_robin_preempts(const struct runqueue *rq, const struct thread *candidate,
				 const struct thread *running)
{
	const struct share *shares = queue_of(rq)->shares;
	u64 held = arch_clock_cycles() - running->started_cycles;
	u32 mine = running->policy_key, its = candidate->policy_key;

	if (held <= READ_ONCE(slice_cycles) / HELD_FOR_A_WHILE_DIVISOR)
		return false;
	if (mine != its)
		return (s64)(shares[its].used_cycles - shares[mine].used_cycles) < (s64)held;
	return candidate->slice_left_cycles > 0;
}

const struct sched_policy policy_round_robin = {
	.name = "rr",
	.rank = SCHED_RANK_round_robin,
	.linux_policies = SCHED_ORDINARY_THREADS,
	.init_cpu = round_robin_init_cpu,
	.enqueue = round_robin_enqueue,
	.dequeue = round_robin_dequeue,
	.pick = round_robin_pick,
	.charge = round_robin_charge,
	.preempts = round_robin_preempts,
	.settings = settings,
	.nr_settings = NR_SETTINGS,
	.settings_changed = round_robin_settings_changed,
};
