// SPDX-License-Identifier: MIT
/*
 * policy_round_robin.c -- users share the CPU, their threads run in turn, and those who mostly
 * wait get quick answers.
 *
 * Idea. A turn is 10 ms (scaled by nice). A thread that uses it up goes to the end of `ready` with
 *   a fresh one. A thread that blocks keeps what is left; when it wakes with time left it is queued
 *   in `woken`, which is served first, and may take the CPU from a thread that has held it for a
 *   while.
 *   The tick ends a turn, so a turn may last longer than it should, above all a short one. What a
 *   thread had too much it owes: while it owes, it is passed over, and each time that its place
 *   comes pays a turn of its own.
 *   The threads of one user are queued in one share (some users in one, when there are many). The
 *   share that has used least goes first, so a user's many threads take nothing from other users. A
 *   share that rested is behind by two turns at most: it answers at once, and cannot save up time.
 * Invariants.
 *   R1  No thread of a share starves: time in `woken` is paid from one turn, and a thread gets a
 *       new turn only by going through `ready` once.
 *   R2  A share with queued threads has its bit in shares_ready. policy_key says in which share a
 *       thread is: that of its user when it became ready, as a program may change its user while
 *       it runs.
 */
#include "arch/arch_clock.h"
#include "mm/account.h"
#include "sched/runqueue.h"
#include "sched/sched.h"

#define TURN_NS 10000000UL
#define HELD_FOR_A_WHILE_DIVISOR 8 /* of a turn */
#define REST_DIVISOR 16		   /* of a turn */
#define BEHIND_TURNS 2
#define PASSED_OVER_MAX 32 /* threads in a row: a choice takes bounded time */

static u64 turn_cycles; /* at nice 0 */

/*
 * Less than this is none: ticks come a little early or late, and a turn as long as a tick would
 * otherwise last two of them.
 */
static s64 rest_cycles;

static s64 full_turn(const struct thread *t)
{
	/* nice -20 gets three turns, 19 about a twentieth. */
	return (s64)(turn_cycles * (u64)(20 - t->nice) / (t->nice < 0 ? 13 : 20));
}

/* A new turn for @t. What it owes is never more than a turn at nice 0. */
static void turn_begin(struct thread *t)
{
	t->slice_left_cycles = max(t->slice_left_cycles, -(s64)turn_cycles) + full_turn(t);
}

static void round_robin_init_cpu(struct runqueue *rq)
{
	turn_cycles = arch_clock_frequency_hz() / (1000000000UL / TURN_NS);
	rest_cycles = (s64)(turn_cycles / REST_DIVISOR);
	for (unsigned i = 0; i < CPU_SHARES; i++) {
		list_init(&rq->shares[i].woken);
		list_init(&rq->shares[i].ready);
	}
}

/* The share that @t, which does not run, stands in from now on. */
static struct round_robin_share *share_join(struct runqueue *rq, struct thread *t)
{
	u32 i = t->account ? READ_ONCE(t->account->cpu_share) : 0;
	struct round_robin_share *share = &rq->shares[i];

	t->policy_key = i;
	if (!(rq->shares_ready & BIT(i))) {
		s64 behind = (s64)(rq->share_clock - share->used_cycles);

		rq->shares_ready |= (u32)BIT(i);
		if (behind > (s64)(BEHIND_TURNS * turn_cycles))
			share->used_cycles = rq->share_clock - BEHIND_TURNS * turn_cycles;
	}
	return share;
}

/* A thread has left share @i. */
static void share_left(struct runqueue *rq, u32 i)
{
	if (list_is_empty(&rq->shares[i].woken) && list_is_empty(&rq->shares[i].ready))
		rq->shares_ready &= ~(u32)BIT(i);
}

static void round_robin_enqueue(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	struct round_robin_share *share = share_join(rq, t);

	switch (why) {
	case SCHED_WOKEN:
		if (t->slice_left_cycles > rest_cycles) {
			list_add_last(&share->woken, &t->run_node);
			return;
		}
		turn_begin(t);
		list_add_last(&share->ready, &t->run_node);
		return;
	case SCHED_PREEMPTED:
		if (t->slice_left_cycles > rest_cycles) {
			/* Not at the end of its turn: it goes on as soon as it can. */
			list_add_first(&share->ready, &t->run_node);
			return;
		}
		break;
	default:
		break;
	}
	if (why == SCHED_NEW)
		t->slice_left_cycles = full_turn(t);
	else if (t->slice_left_cycles <= rest_cycles)
		turn_begin(t);
	list_add_last(&share->ready, &t->run_node);
}

static void round_robin_dequeue(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	(void)why;
	list_remove(&t->run_node);
	share_left(rq, (u32)t->policy_key);
}

/* The share that has used least of those that are ready: there is one. */
static u32 share_first(const struct runqueue *rq)
{
	u32 others = rq->shares_ready, best = (u32)__builtin_ctz(others);

	while (unlikely(others &= others - 1)) {
		u32 i = (u32)__builtin_ctz(others);

		if ((s64)(rq->shares[i].used_cycles - rq->shares[best].used_cycles) < 0)
			best = i;
	}
	return best;
}

/* The first of the ready threads that owes nothing; among many that owe, any. */
static struct thread *first_ready(struct list_node *ready)
{
	struct thread *t = list_first_entry(ready, struct thread, run_node);

	for (unsigned n = 0; unlikely(t->slice_left_cycles <= rest_cycles) &&
			     ready->next->next != ready && n < PASSED_OVER_MAX;
	     n++) {
		turn_begin(t);
		list_remove(&t->run_node);
		list_add_last(ready, &t->run_node);
		t = list_first_entry(ready, struct thread, run_node);
	}
	list_remove(&t->run_node);
	return t;
}

static struct thread *round_robin_pick(struct runqueue *rq)
{
	struct round_robin_share *share;
	struct list_node *node;
	struct thread *t;
	u32 i;

	if (!rq->shares_ready)
		return NULL;
	i = share_first(rq);
	share = &rq->shares[i];
	node = list_pop_first(&share->woken);
	t = node ? list_entry(node, struct thread, run_node) : first_ready(&share->ready);
	share_left(rq, i);
	return t;
}

static bool round_robin_charge(struct runqueue *rq, struct thread *t, u64 ran_cycles)
{
	u64 used = rq->shares[t->policy_key].used_cycles + ran_cycles;

	rq->shares[t->policy_key].used_cycles = used;
	/* Here and not when it was picked: alone on the CPU, it is not picked again. */
	if ((s64)(used - rq->share_clock) > 0)
		rq->share_clock = used;
	t->slice_left_cycles -= (s64)ran_cycles;
	return t->slice_left_cycles <= rest_cycles;
}

static bool round_robin_preempts(const struct runqueue *rq, const struct thread *candidate,
				 const struct thread *running)
{
	u64 held = arch_clock_cycles() - running->started_cycles;
	u64 mine = running->policy_key, its = candidate->policy_key;

	if (held <= turn_cycles / HELD_FOR_A_WHILE_DIVISOR)
		return false;
	if (mine != its)
		return (s64)(rq->shares[its].used_cycles - rq->shares[mine].used_cycles) <
		       (s64)held;
	return candidate->slice_left_cycles > 0;
}

static struct thread *round_robin_steal(struct runqueue *from, unsigned to_cpu)
{
	struct thread *t;

	for (unsigned i = 0; i < CPU_SHARES; i++)
		list_for_each_entry(t, &from->shares[i].ready, run_node)
			if (t->affinity & BIT(to_cpu))
				return t;
	return NULL;
}

const struct sched_policy policy_round_robin = {
	.name = "rr",
	.init_cpu = round_robin_init_cpu,
	.enqueue = round_robin_enqueue,
	.dequeue = round_robin_dequeue,
	.pick = round_robin_pick,
	.charge = round_robin_charge,
	.preempts = round_robin_preempts,
	.steal = round_robin_steal,
};
