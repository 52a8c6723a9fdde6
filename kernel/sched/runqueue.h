/* SPDX-License-Identifier: MIT */
/* The run queue of one CPU. Only sched.c, runqueue.c and the policies touch it. */
#pragma once

#include "mm/account.h"
#include "sched/sched_policy.h"
#include "sched/thread.h"

#define REALTIME_PRIORITIES 100

/*
 * Round robin: the ready threads of one user (or of some users, when there are many). Those that
 * woke with time left go before those whose turn ended.
 */
struct round_robin_share {
	struct list_node woken, ready;
	u64 used_cycles; /* time they have had; raised when they come back from a long rest */
};

struct SHARED runqueue {
	struct spinlock lock;	/* class runqueue                                        */
	unsigned cpu;		/* [I]                                                   */
	struct thread *current; /* [lock]                                                */
	struct thread *idle;	/* [I]                                                   */
	unsigned nr_ready;	/* [lock] queued, without current                        */
	unsigned nr_urgent;	/* [lock] of these, with another policy than the last    */
	bool resched_wanted;	/* [a] set by any CPU with the lock; see sched.c            */
	bool rotate;		/* [p] the switch under way is forced: not the same again */
	u64 nr_switches;	/* [lock]                                                */
	u64 idle_cycles;	/* [lock] spent in the idle thread                       */
	u64 ticks_user, ticks_system, ticks_idle; /* [lock]                                */

	struct round_robin_share shares[CPU_SHARES]; /* [lock] by struct account.cpu_share */
	u32 shares_ready;			     /* [lock] which have threads that wait */
	u64 share_clock; /* [lock] the largest used_cycles of those that ran, never less */
	/* real time: a queue for each priority, and which are not empty */
	struct list_node realtime[REALTIME_PRIORITIES]; /* [lock] */
	u64 realtime_map[2];				/* [lock] */
	u64 realtime_cycles;	    /* [lock] what real-time threads had of this period */
	u64 realtime_period_cycles; /* [lock] when the period began                  */
	bool realtime_throttled;    /* [lock] the others go first until it is over   */
} __cacheline_aligned;

extern struct runqueue runqueues[CPUS_MAX]; /* for runqueue_of */
static __always_inline struct runqueue *runqueue_of(unsigned cpu)
{
	return hide_origin(&runqueues[cpu]);
}
void runqueue_init(struct runqueue *rq, unsigned cpu);
/* Put a thread on the queue of its policy; take the next off. Locks: rq->lock. */
void runqueue_add(struct runqueue *rq, struct thread *t, enum sched_event why) REQUIRES(rq->lock);
void runqueue_remove(struct runqueue *rq, struct thread *t, enum sched_event why)
	REQUIRES(rq->lock);
struct thread *runqueue_pick(struct runqueue *rq) REQUIRES(rq->lock);
/* Should @candidate, just added, take the CPU from the running thread? */
bool runqueue_preempts(struct runqueue *rq, const struct thread *candidate) REQUIRES(rq->lock);
/*
 * The CPU of @rq is to choose again as soon as it may. The one way to ask for a switch: forced
 * preemption keeps the architecture's bit set. In sched.c.
 */
void runqueue_want_resched(struct runqueue *rq) REQUIRES(rq->lock);
/* Does somebody ask this CPU to choose again? @rq is its own. */
bool runqueue_resched_wanted(const struct runqueue *rq);
