// SPDX-License-Identifier: MIT
/*
 * policy_realtime.c -- SCHED_FIFO and SCHED_RR (sched(7)).
 *
 * Idea.  The highest priority runs; equals in order of arrival, RR threads for a slice each. Of
 *   each period these threads get at most a part while others are ready, so that one of them that
 *   never sleeps can still be ended. The tick checks how much they had.
 * Invariants.
 *   R1  A priority's bit in not_empty is set exactly while its list is not empty.
 *   R2  A thread that a higher priority has preempted is the first of its own priority again,
 *       unless its slice is over.
 * Locks.  runqueue, held by the callers.
 * Cost.  A pick looks at two words, whatever the number of threads.
 * Tests.  sched_sim_test.c, tests/guest/process/proc_sched.c.
 */
#include "sched/policy_realtime.h"
#include "arch/arch_clock.h"
#include "arch/arch_percpu.h"
#include "core/errno.h"
#include "lib/string.h"
#include "sched/policy_deadline.h"
#include "sched/runqueue.h"
#include "time/clock.h"

#include <linux/sched.h>

#define SLICE_NS (100 * NS_PER_MS)

#define PRIORITY_MAX 99

/* A queue for each priority, and which of them are not empty. */
struct realtime_queue {
	struct list_node by_priority[PRIORITY_MAX + 1]; /* [runqueue] */
	u64 not_empty[2];				/* [runqueue] bit: priority */
	u64 used_cycles;    /* [runqueue] what these threads had of this period */
	u64 period_started; /* [runqueue] in cycles */
};

static PERCPU(struct realtime_queue, cpu_queue);

/* The part of these threads in one word: no CPU sees a new runtime with an old period. */
#define SHARE(runtime_us, period_us) ((u64)((runtime_us) + 1) << 32 | (u64)(period_us))
static_assert(REALTIME_PERIOD_MAX_US + 1 <= ~0U, "it fits");
static u64 share_word = SHARE(950000, 1000000); /* [a] written with deadline_admission_lock */

static struct realtime_queue *queue_of(const struct runqueue *rq)
{
	return rq->queues[SCHED_RANK_realtime];
}

static s64 full_slice(void)
{
	return (s64)(arch_clock.frequency_hz / (NS_PER_SECOND / SLICE_NS));
}

static void realtime_init_cpu(struct runqueue *rq)
{
	struct realtime_queue *queue = on_cpu(cpu_queue, rq->cpu);

	memset(queue, 0, sizeof(*queue));
	for (unsigned i = 0; i <= PRIORITY_MAX; i++)
		list_init(&queue->by_priority[i]);
	rq->queues[SCHED_RANK_realtime] = queue;
}

static void realtime_enqueue(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	struct realtime_queue *queue = queue_of(rq);
	struct list_node *equals = &queue->by_priority[t->rt_priority];
	bool slice_over = t->linux_policy == SCHED_RR && t->slice_left_cycles <= 0;

	if (slice_over)
		t->slice_left_cycles = full_slice();
	/* A thread preempted by a higher priority stays at the head of its own. */
	if (why == SCHED_PREEMPTED && !slice_over)
		list_add_first(equals, &t->run_node);
	else
		list_add_last(equals, &t->run_node);
	queue->not_empty[t->rt_priority / 64] |= BIT(t->rt_priority % 64);
}

static void realtime_dequeue(struct runqueue *rq, struct thread *t)
{
	struct realtime_queue *queue = queue_of(rq);

	list_remove(&t->run_node);
	if (list_is_empty(&queue->by_priority[t->rt_priority]))
		queue->not_empty[t->rt_priority / 64] &= ~BIT(t->rt_priority % 64);
}

static struct thread *realtime_pick(struct runqueue *rq)
{
	struct realtime_queue *queue = queue_of(rq);

	for (int word = 1; word >= 0; word--)
		if (queue->not_empty[word]) {
			unsigned priority =
				(unsigned)(word * 64 + 63 - __builtin_clzl(queue->not_empty[word]));
			struct thread *t = list_first_entry(&queue->by_priority[priority],
							    struct thread, run_node);

			realtime_dequeue(rq, t);
			return t;
		}
	return NULL;
}

static bool realtime_charge(struct runqueue *rq, struct thread *t, u64 ran_cycles)
{
	struct realtime_queue *queue = queue_of(rq);

	queue->used_cycles += ran_cycles;
	t->slice_left_cycles -= (s64)ran_cycles;
	return t->linux_policy == SCHED_RR && t->slice_left_cycles <= 0 &&
	       !list_is_empty(&queue->by_priority[t->rt_priority]);
}

static bool realtime_preempts(const struct runqueue *rq, const struct thread *candidate,
			      const struct thread *running)
{
	(void)rq;
	return candidate->rt_priority > running->rt_priority;
}

static u64 realtime_urgency(const struct thread *t)
{
	return t->rt_priority;
}

static u64 us_to_cycles(u64 us)
{
	return us * (arch_clock.frequency_hz / 1000) / 1000;
}

static bool realtime_tick(struct runqueue *rq, u64 now_cycles)
{
	struct realtime_queue *queue = queue_of(rq);
	bool was = rq->is_throttled;
	struct realtime_share share;

	realtime_share_get(&share);
	if (now_cycles - queue->period_started >= us_to_cycles((u64)share.period_us)) {
		queue->period_started = now_cycles;
		queue->used_cycles = 0;
	}
	rq->is_throttled =
		share.runtime_us >= 0 && queue->used_cycles > us_to_cycles((u64)share.runtime_us);
	return rq->is_throttled != was;
}

void realtime_share_get(struct realtime_share *out)
{
	u64 word = READ_ONCE(share_word);

	out->runtime_us = (s64)(word >> 32) - 1;
	out->period_us = (u32)word;
}

int realtime_share_change(const struct realtime_share *before, const struct realtime_share *fresh)
{
	irq_state_t state;
	int err = 0;

	if (fresh->period_us < 1 || fresh->period_us > REALTIME_PERIOD_MAX_US ||
	    fresh->runtime_us < -1 || fresh->runtime_us > fresh->period_us)
		return -EINVAL;
	state = spin_lock_irq_save(&deadline_admission_lock);
	if (share_word != SHARE(before->runtime_us, before->period_us))
		err = -EAGAIN;
	else if (!deadline_fits(fresh))
		err = -EBUSY;
	else
		WRITE_ONCE(share_word, SHARE(fresh->runtime_us, fresh->period_us));
	spin_unlock_irq_restore(&deadline_admission_lock, state);
	return err;
}

const struct sched_policy policy_realtime = {
	.name = "realtime",
	.rank = SCHED_RANK_realtime,
	.linux_policies = BIT(SCHED_FIFO) | BIT(SCHED_RR),
	.priority_min = 1,
	.priority_max = PRIORITY_MAX,
	.keeps_order = true,
	.init_cpu = realtime_init_cpu,
	.enqueue = realtime_enqueue,
	.dequeue = realtime_dequeue,
	.pick = realtime_pick,
	.charge = realtime_charge,
	.preempts = realtime_preempts,
	.urgency = realtime_urgency,
	.tick = realtime_tick,
};
