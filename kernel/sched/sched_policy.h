/* SPDX-License-Identifier: MIT */
/*
 * Where scheduling policies attach. The mechanism calls these with the run queue's lock held and
 * interrupts off; a policy never sees trap frames, never switches, never sleeps, takes no lock.
 * Policies are asked in the order of sched_policies[]; a new one is a file and a line there.
 */
#pragma once

#include "lib/list.h"
#include "lib/types.h"

struct runqueue;
struct thread;

enum sched_event {
	SCHED_NEW,
	SCHED_WOKEN,
	SCHED_PREEMPTED,
	SCHED_YIELDED,
	SCHED_BLOCKED,
	SCHED_EXITED,
	SCHED_RECLASSED,
};

struct sched_policy {
	const char *name;
	void (*init_cpu)(struct runqueue *rq);
	void (*enqueue)(struct runqueue *rq, struct thread *t, enum sched_event why);
	void (*dequeue)(struct runqueue *rq, struct thread *t, enum sched_event why);
	/* Take the next thread off the queue; NULL: ask the next policy. */
	struct thread *(*pick)(struct runqueue *rq);
	/* @t ran for @ran_cycles of the cycle counter: true when its turn is over. */
	bool (*charge)(struct runqueue *rq, struct thread *t, u64 ran_cycles);
	bool (*preempts)(const struct runqueue *rq, const struct thread *candidate,
			 const struct thread *running);
	struct thread *(*steal)(struct runqueue *from, unsigned to_cpu); /* NULL: nothing to give */
	int (*set_params)(struct thread *t, const void *params);	 /* NULL: -EINVAL         */
};

extern const struct sched_policy policy_realtime, policy_round_robin;

/*
 * At each tick, with the run queue's lock: have real-time threads had their share of the period?
 * True: that has changed, and somebody waits for the CPU. @now: the cycle counter.
 */
bool realtime_throttle(struct runqueue *rq, u64 now);
