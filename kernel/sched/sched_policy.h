/* SPDX-License-Identifier: MIT */
/*
 * Scheduling policies: which ready thread runs next, and for how long.
 *
 * A policy is a file that defines one struct sched_policy, and a row in uapi/sched_policies.tbl.h.
 * It owns its queues, one for each CPU, which no other file knows. The mechanism (sched.c,
 * runqueue.c) names none of them. It asks the urgent policies in the order of the table, and then
 * the one that is chosen for ordinary threads (sched/sched_choice.h), which may change while
 * threads are ready and run.
 */
#pragma once

#include "lib/list.h"
#include "lib/compiler.h"
#include "lib/types.h"

#include <linux/sched.h>

struct runqueue;
struct thread;

/* The place of a policy in the table: SCHED_RANK_round_robin. */
enum sched_rank {
#define SCHED_URGENT(policy) SCHED_RANK_##policy,
#define SCHED_ORDINARY(policy, name) SCHED_RANK_##policy,
#include "uapi/sched_policies.tbl.h"
#undef SCHED_URGENT
#undef SCHED_ORDINARY
	SCHED_NR_POLICIES
};

/* What ordinary threads have: linux_policies of a policy that can be chosen for them. */
#define SCHED_ORDINARY_THREADS (BIT(SCHED_NORMAL) | BIT(SCHED_BATCH) | BIT(SCHED_IDLE))

/* Why a thread is queued, or leaves the CPU. */
enum sched_event {
	SCHED_NEW,
	SCHED_WOKEN,
	SCHED_PREEMPTED,
	SCHED_YIELDED,
	SCHED_BLOCKED,
	SCHED_EXITED,
	SCHED_RECLASSED,  /* it comes from another policy: what this one knew of it is gone */
	SCHED_REWEIGHTED, /* its nice value or SCHED_* may have changed while it was queued */
};

/* What a SCHED_DEADLINE thread asks for: sched_setattr(2). */
struct sched_reservation {
	u64 runtime_ns, deadline_ns;
	u64 period_ns; /* 0: the deadline */
	/*
	 * SCHED_FLAG_DL_OVERRUN: SIGXCPU when it has used its runtime; _RECLAIM, which is only kept
	 */
	u32 flags;
};

/* A number that one may choose: rr,quantum=5ms. */
struct sched_setting {
	const char *name;
	bool is_time; /* in nanoseconds */
	u64 least, most;
	u64 value; /* [a] at first the default */
};
#define SCHED_SETTINGS_MAX 8

/* The hooks of a policy whose threads reserve something; all of them. Called as those below. */
struct sched_reserving {
	/* Is there such a reservation? Without a run queue. */
	bool (*allows)(const struct sched_reservation *wanted);
	/* @t, of this policy or not, is to have it: reserve it. 0, -EBUSY: there is not so much. */
	int (*admit)(struct thread *t, const struct sched_reservation *wanted);
	/* @t, of this policy, not queued, has it from now on. */
	void (*adopt)(struct thread *t, const struct sched_reservation *wanted);
	/* @t goes over to another policy, or is dead, then without lock: give up what it had. */
	void (*leave)(struct thread *t);
	void (*tell)(const struct thread *t, struct sched_reservation *out);
};

/*
 * Hooks are called with the run queue's lock held and interrupts off, but for those of which it is
 * said otherwise. A policy never sees trap frames, never switches, never sleeps, takes no lock but
 * a leaf of its own; it may set a timer.
 */
struct sched_policy {
	const char *name; /* that of the table */
	enum sched_rank rank;
	u32 linux_policies;		/* mask of BIT(SCHED_*): the threads that it serves */
	u32 priority_min, priority_max; /* sched_priority of these threads */
	bool keeps_order;		/* forced preemption does not move its threads to the end */
	bool has_own_limit;		/* rq->is_throttled does not hold it back */
	/* its threads may run on every CPU, and their affinity stays so */
	bool on_all_cpus;

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
	 * Of urgent policies: how urgent @t is, which is not queued, among the threads of all
	 * urgent policies; not 0, and the larger, the more.
	 */
	u64 (*urgency)(const struct thread *t);
	/*
	 * Of urgent policies: at each tick, whatever runs. True when rq->is_throttled has changed,
	 * which says that the urgent policies have had their share, and ordinary threads go first.
	 * NULL: nothing.
	 */
	bool (*tick)(struct runqueue *rq, u64 now_cycles);
	/*
	 * @child, which has not started, is one of @parent, also of this policy, which is not
	 * queued: it may be made to pay for a child. NULL: nothing.
	 */
	void (*inherit)(struct thread *child, struct thread *parent);
	/* Its threads reserve a part of the CPUs, and have no children. NULL: nothing. */
	const struct sched_reserving *reserving;

	struct sched_setting *settings; /* at most SCHED_SETTINGS_MAX; NULL: none */
	unsigned nr_settings;
	/*
	 * Work out what depends on the settings. Unlike the others, without a run queue: hooks may
	 * run on other CPUs meanwhile, and see some values of before. NULL: nothing depends.
	 */
	void (*settings_changed)(void);
};

#define SCHED_URGENT(policy) extern const struct sched_policy policy_##policy;
#define SCHED_ORDINARY(policy, name) extern const struct sched_policy policy_##policy;
#include "uapi/sched_policies.tbl.h"
#undef SCHED_URGENT
#undef SCHED_ORDINARY

static inline bool sched_policy_is_ordinary(const struct sched_policy *policy)
{
	return policy->linux_policies & BIT(SCHED_NORMAL);
}

/* That of the threads with this SCHED_* (without SCHED_RESET_ON_FORK), or NULL. */
const struct sched_policy *sched_policy_for(u32 linux_policy);
/* That of ordinary threads, as it is chosen now. */
const struct sched_policy *sched_policy_default(void);
/* The @index-th of those that can be chosen for ordinary threads; NULL: there are not so many. */
const struct sched_policy *sched_policy_ordinary(unsigned index);
