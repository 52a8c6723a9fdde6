// SPDX-License-Identifier: MIT
/*
 * SCHED_FIFO and SCHED_RR: the highest priority runs; equals in order of arrival, RR threads in
 * turns (sched(7)). Of each period they get at most a part when others want the CPU, so that one
 * of them that never sleeps can still be ended (/proc/sys/kernel/sched_rt_runtime_us and
 * sched_rt_period_us). Time is looked at when the tick comes.
 */
#include "arch/arch_clock.h"
#include "core/errno.h"
#include "sched/runqueue.h"
#include "sched/sched.h"

#include <linux/sched.h>

#define TURN_NS 100000000UL

/* Microseconds. A runtime of -1: no bound. */
static struct realtime_share share = {.runtime_us = 950000, .period_us = 1000000};

static struct list_node *queue_of(struct runqueue *rq, const struct thread *t)
{
	return &rq->realtime[t->rt_priority];
}

static s64 full_turn(void)
{
	return (s64)(arch_clock_frequency_hz() / (1000000000UL / TURN_NS));
}

static void realtime_init_cpu(struct runqueue *rq)
{
	for (unsigned i = 0; i < REALTIME_PRIORITIES; i++)
		list_init(&rq->realtime[i]);
}

static void realtime_enqueue(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	bool turn_over = t->linux_policy == SCHED_RR && t->slice_left_cycles <= 0;

	if (turn_over)
		t->slice_left_cycles = full_turn();
	/* Preempted by a higher priority, a thread stays at the head of its own. */
	if (why == SCHED_PREEMPTED && !turn_over)
		list_add_first(queue_of(rq, t), &t->run_node);
	else
		list_add_last(queue_of(rq, t), &t->run_node);
	rq->realtime_map[t->rt_priority / 64] |= BIT(t->rt_priority % 64);
}

static void realtime_dequeue(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	(void)why;
	list_remove(&t->run_node);
	if (list_is_empty(queue_of(rq, t)))
		rq->realtime_map[t->rt_priority / 64] &= ~BIT(t->rt_priority % 64);
}

static struct thread *realtime_pick(struct runqueue *rq)
{
	for (int word = 1; word >= 0; word--)
		if (rq->realtime_map[word]) {
			unsigned priority =
				(unsigned)(word * 64 + 63 - __builtin_clzl(rq->realtime_map[word]));
			struct thread *t =
				list_first_entry(&rq->realtime[priority], struct thread, run_node);

			realtime_dequeue(rq, t, SCHED_BLOCKED);
			return t;
		}
	return NULL;
}

static bool realtime_charge(struct runqueue *rq, struct thread *t, u64 ran_cycles)
{
	rq->realtime_cycles += ran_cycles;
	t->slice_left_cycles -= (s64)ran_cycles;
	return t->linux_policy == SCHED_RR && t->slice_left_cycles <= 0 &&
	       !list_is_empty(queue_of(rq, t));
}

static bool realtime_preempts(const struct runqueue *rq, const struct thread *candidate,
			      const struct thread *running)
{
	(void)rq;
	return candidate->rt_priority > running->rt_priority;
}

static u64 us_to_cycles(u64 us)
{
	return us * (arch_clock_frequency_hz() / 1000) / 1000;
}

bool realtime_throttle(struct runqueue *rq, u64 now)
{
	s64 runtime_us = READ_ONCE(share.runtime_us);
	bool was = rq->realtime_throttled;

	if (now - rq->realtime_period_cycles >= us_to_cycles(READ_ONCE(share.period_us))) {
		rq->realtime_period_cycles = now;
		rq->realtime_cycles = 0;
	}
	rq->realtime_throttled =
		runtime_us >= 0 && rq->realtime_cycles > us_to_cycles((u64)runtime_us);
	return rq->realtime_throttled != was && rq->nr_ready;
}

void sched_realtime_share_get(struct realtime_share *out)
{
	out->runtime_us = READ_ONCE(share.runtime_us);
	out->period_us = READ_ONCE(share.period_us);
}

int sched_realtime_share_set(const struct realtime_share *new)
{
	if (new->period_us < 1 || new->period_us > REALTIME_PERIOD_MAX_US || new->runtime_us < -1 ||
	    new->runtime_us > new->period_us)
		return -EINVAL;
	WRITE_ONCE(share.runtime_us, new->runtime_us);
	WRITE_ONCE(share.period_us, new->period_us);
	return 0;
}

const struct sched_policy policy_realtime = {
	.name = "realtime",
	.init_cpu = realtime_init_cpu,
	.enqueue = realtime_enqueue,
	.dequeue = realtime_dequeue,
	.pick = realtime_pick,
	.charge = realtime_charge,
	.preempts = realtime_preempts,
};
