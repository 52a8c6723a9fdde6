// SPDX-License-Identifier: MIT
/*
 * policy_round_robin.c -- everybody in turn, and quick answers to those who mostly wait.
 *
 * Idea. A turn is 10 ms (scaled by nice). Who uses it up goes to the end of `ready` with a fresh
 * one. Who blocks keeps what is
 *   left; when it wakes with time left it stands in `woken`, which is served first, and may take
 *   the CPU from a thread that
 *   has held it for a while.
 * Invariants.
 *   R1 Nobody starves: time in `woken` is paid from one turn, and a new turn is had only by
 *   standing in `ready` once.
 */
#include "arch/arch_clock.h"
#include "sched/runqueue.h"
#include "sched/sched.h"

#define TURN_NS 10000000UL
#define HELD_FOR_A_WHILE_DIVISOR 8 /* of a turn */
#define REST_DIVISOR 16		   /* of a turn */

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

static void round_robin_init_cpu(struct runqueue *rq)
{
	turn_cycles = arch_clock_frequency_hz() / (1000000000UL / TURN_NS);
	rest_cycles = (s64)(turn_cycles / REST_DIVISOR);
	list_init(&rq->woken);
	list_init(&rq->ready);
}

static void round_robin_enqueue(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	switch (why) {
	case SCHED_WOKEN:
		if (t->slice_left_cycles > rest_cycles) {
			list_add_last(&rq->woken, &t->run_node);
			return;
		}
		t->slice_left_cycles = full_turn(t);
		list_add_last(&rq->ready, &t->run_node);
		return;
	case SCHED_PREEMPTED:
		if (t->slice_left_cycles > rest_cycles) {
			/* Not at the end of its turn: it goes on as soon as it can. */
			list_add_first(&rq->ready, &t->run_node);
			return;
		}
		break;
	default:
		break;
	}
	if (t->slice_left_cycles <= rest_cycles || why == SCHED_NEW)
		t->slice_left_cycles = full_turn(t);
	list_add_last(&rq->ready, &t->run_node);
}

static void round_robin_dequeue(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	(void)rq;
	(void)why;
	list_remove(&t->run_node);
}

static struct thread *round_robin_pick(struct runqueue *rq)
{
	struct list_node *node = list_pop_first(&rq->woken);

	if (!node)
		node = list_pop_first(&rq->ready);
	return node ? list_entry(node, struct thread, run_node) : NULL;
}

static bool round_robin_charge(struct runqueue *rq, struct thread *t, u64 ran_cycles)
{
	(void)rq;
	t->slice_left_cycles -= (s64)ran_cycles;
	return t->slice_left_cycles <= rest_cycles;
}

static bool round_robin_preempts(const struct runqueue *rq, const struct thread *candidate,
				 const struct thread *running)
{
	u64 held = arch_clock_cycles() - running->started_cycles;

	(void)rq;
	return candidate->slice_left_cycles > 0 && held > turn_cycles / HELD_FOR_A_WHILE_DIVISOR;
}

static struct thread *round_robin_steal(struct runqueue *from, unsigned to_cpu)
{
	struct thread *t;

	list_for_each_entry(t, &from->ready, run_node)
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
