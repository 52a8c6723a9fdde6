/* SPDX-License-Identifier: MIT */
/*
 * Scheduling policies: which ready thread runs next, and for how long.
 *
 * A policy is a file that defines one struct sched_policy, and a line in the table below. It owns
 * its queues, one for each CPU, which no other file knows. The mechanism (sched.c, runqueue.c) asks
 * the policies in the order of the table and names none of them.
 */
#pragma once

#include "lib/list.h"
#include "lib/compiler.h"
#include "lib/types.h"

struct runqueue;
struct thread;

/*
 * The first comes first: while it has ready threads, those of the others wait. The last is that of
 * ordinary threads, and is the only one that may never refuse a thread the CPU for good.
 */
#define SCHED_POLICY_TABLE(SCHED_POLICY)                                                           \
	SCHED_POLICY(realtime)                                                                     \
	SCHED_POLICY(round_robin)

/* The place of a policy in the table: SCHED_RANK_round_robin. Of two the lower goes first. */
enum sched_rank {
#define SCHED_POLICY(name) SCHED_RANK_##name,
	SCHED_POLICY_TABLE(SCHED_POLICY)
#undef SCHED_POLICY
		SCHED_NR_POLICIES
};

/* Why a thread is queued, or leaves the CPU. */
enum sched_event {
	SCHED_NEW,
	SCHED_WOKEN,
	SCHED_PREEMPTED,
	SCHED_YIELDED,
	SCHED_BLOCKED,
	SCHED_EXITED,
	SCHED_RECLASSED,
};

/*
 * All hooks are called with the run queue's lock held and interrupts off. A policy never sees trap
 * frames, never switches, never sleeps, takes no lock.
 */
struct sched_policy {
	const char *name;
	enum sched_rank rank;
	u32 linux_policies;		/* mask of BIT(SCHED_*): the threads that it serves */
	u32 priority_min, priority_max; /* sched_priority of these threads */
	bool keeps_order;		/* forced preemption does not move its threads to the end */

	/* Initialise the queue of @rq's CPU, and point rq->queues[rank] to it. */
	void (*init_cpu)(struct runqueue *rq);
	/* Queue @t, which is ready; take it off the queue again. */
	void (*enqueue)(struct runqueue *rq, struct thread *t, enum sched_event why);
	void (*dequeue)(struct runqueue *rq, struct thread *t);
	/* Take the next thread off the queue; NULL: none is queued here. */
	struct thread *(*pick)(struct runqueue *rq);
	/* @t ran for @ran_cycles of the cycle counter: true when its slice is over. */
	bool (*charge)(struct runqueue *rq, struct thread *t, u64 ran_cycles);
	/* Both are of this policy: should @candidate, just queued, replace @running? */
	bool (*preempts)(const struct runqueue *rq, const struct thread *candidate,
			 const struct thread *running);
	/*
	 * At each tick, whatever runs: true when rq->is_throttled has changed, which says that the
	 * policies before the last have had their share, and its threads go first. NULL: nothing.
	 */
	bool (*tick)(struct runqueue *rq, u64 now_cycles);
};

#define SCHED_POLICY(name) extern const struct sched_policy policy_##name;
SCHED_POLICY_TABLE(SCHED_POLICY)
#undef SCHED_POLICY

/* That of the threads with this SCHED_* (without SCHED_RESET_ON_FORK), or NULL. */
const struct sched_policy *sched_policy_for(u32 linux_policy);
/* That of ordinary threads: the last of the table. */
const struct sched_policy *sched_policy_default(void);
