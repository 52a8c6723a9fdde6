/* SPDX-License-Identifier: MIT */
/*
 * The run queue of one CPU: how many threads are ready, which one runs. Which are ready, and in
 * what order, is in the queues of the policies. Only sched*.c, runqueue.c and the policies touch
 * it.
 */
#pragma once

#include "arch/arch_percpu.h"
#include "core/assert.h"
#include "sched/sched_policy.h"
#include "sched/thread.h"

/* sched_tick.c */
enum tick_state { TICK_ON, TICK_STOPPED, TICK_PUT_OFF };

struct SHARED runqueue {
	struct spinlock lock;	/* class runqueue                                        */
	unsigned cpu;		/* [I]                                                   */
	struct thread *current; /* [lock] read without it: sched_is_worth_spinning ...   */
	struct thread *idle;	/* [I]                                                   */
	unsigned nr_ready;	/* [lock] queued, without current and those that are held */
	unsigned nr_others;	/* [lock] of these, of other policies than `ordinary`    */
	unsigned nr_leaving;	/* [lock] of these, of the policy `leaving`              */
	bool resched_wanted;	/* [a] set by any CPU with the lock; see sched.c            */
	bool rotate;		/* [p] the switch under way is forced: not the same again */
	u64 nr_switches;	/* [lock]                                                */
	u8 tick;		/* [a] enum tick_state; written by its CPU with interrupts off */
	unsigned kicked;	/* [p] placement_kick: the CPU that was the last         */
	u64 next_balance_ns;	/* [a] placement_balance: not before             */
	struct thread *urgent;	/* [a] compared only: picked last of the urgent policies' */
	u64 urgency;		/* [a] that of `urgent`                                   */
	u64 idle_cycles;	/* [lock] spent in the idle thread                       */
	u64 ticks_user;		/* [lock] */
	u64 ticks_system;	/* [lock] */
	u64 user_cycles;	/* [a] written by its CPU: user_time.c */

	const struct sched_policy *ordinary; /* [lock] that of ordinary threads */
	const struct sched_policy *leaving;  /* [lock] that before; NULL: it has no thread left */
	void *queues[SCHED_NR_POLICIES]; /* [I] of the policies; each knows the type of its own */
	bool is_throttled;		 /* [lock] ordinary threads go first: sched_policy.tick */
} __cacheline_aligned;

/* What its policy keeps for @t: a structure of the policy's file, which is zero at first. */
#define thread_policy_data(type, t)                                                                \
	({                                                                                         \
		static_assert(sizeof(type) <= sizeof((t)->policy_data), "too large");              \
		(type *)(void *)(t)->policy_data;                                                  \
	})

/* [I] after boot: force_preempt= or nohz=full, for which wake-ups and switches look further */
extern bool sched_has_options;
extern PERCPU(struct runqueue, runqueue); /* for runqueue_of */
static __always_inline struct runqueue *runqueue_of(unsigned cpu)
{
	return on_cpu(runqueue, cpu);
}
/*
 * The queue of @cpu guards @t from now on, which is NEW: in no queue. Locks: the queue before.
 * Who has the new one's lock is not excluded by that: it must find the state NEW. So the store is
 * a release, which pairs with the load of runqueue_lock_of(). sched.c: S6
 */
static __always_inline void runqueue_move_to(struct thread *t, unsigned cpu)
{
	debug_assert(READ_ONCE(t->state) == THREAD_NEW);
	__atomic_store_n(&t->cpu, cpu, __ATOMIC_RELEASE);
}
/* Lock the queue of @t, which may move to another until the lock is held. sched.c: S6 */
static __always_inline struct runqueue *runqueue_lock_of(const struct thread *t,
							 irq_state_t *state) NO_LOCK_ANALYSIS
{
	for (;;) {
		struct runqueue *rq = runqueue_of(READ_ONCE(t->cpu));

		*state = spin_lock_irq_save(&rq->lock);
		if (likely(__atomic_load_n(&t->cpu, __ATOMIC_ACQUIRE) == rq->cpu))
			return rq;
		spin_unlock_irq_restore(&rq->lock, *state);
	}
}
/* After that, for clang's analysis. */
static __always_inline void runqueue_assert_locked(const struct runqueue *rq) ASSERTS(rq->lock)
{
	assert_spin_held(&rq->lock);
}
void runqueue_init(struct runqueue *rq, unsigned cpu);
/*
 * Put a thread on the queue of its policy: it becomes READY. Take it off, to be added again with
 * another policy. Take the next one off, which is to run: it becomes RUNNING; the idle thread when
 * there is none.
 */
void runqueue_add(struct runqueue *rq, struct thread *t, enum sched_event why) REQUIRES(rq->lock);
void runqueue_remove(struct runqueue *rq, struct thread *t) REQUIRES(rq->lock);
struct thread *runqueue_pick(struct runqueue *rq) REQUIRES(rq->lock);
/* For policies: a thread that is queued may not be picked for now; it may again. Lock held. */
static inline void runqueue_hold_one(struct runqueue *rq)
{
	rq->nr_ready--;
	rq->nr_others--;
}
static inline void runqueue_release_one(struct runqueue *rq)
{
	rq->nr_ready++;
	rq->nr_others++;
}
/*
 * Ordinary threads are to be queued by @policy from now on. Those that are ready already go first
 * until runqueue_move_some has moved them: at most a few with each call, so that a long queue does
 * not keep interrupts off. It returns how many are left, and must have come to 0 before the next
 * change.
 */
void runqueue_change_ordinary(struct runqueue *rq, const struct sched_policy *policy)
	REQUIRES(rq->lock);
unsigned runqueue_move_some(struct runqueue *rq) REQUIRES(rq->lock);
/* Make @t a thread of @policy, which knows nothing of it. It is not queued. */
void runqueue_reclass(struct runqueue *rq, struct thread *t, const struct sched_policy *policy)
	REQUIRES(rq->lock);
/* A tick: true when other threads may run now than before, and some are ready. */
bool runqueue_tick(struct runqueue *rq, u64 now_cycles) REQUIRES(rq->lock);
/* Should @candidate, just added, take the CPU from the running thread? */
bool runqueue_preempts(struct runqueue *rq, const struct thread *candidate) REQUIRES(rq->lock);
/*
 * The CPU of @rq is to choose again as soon as it may. The one way to ask for a switch: forced
 * preemption keeps the architecture's bit set. In sched.c.
 */
void runqueue_want_resched(struct runqueue *rq) REQUIRES(rq->lock);
/*
 * How urgent what runs is, as sched_policy.urgency says; 0: it is ordinary. Without lock: it may be
 * out of date.
 */
static inline u64 runqueue_urgency(const struct runqueue *rq)
{
	struct thread *urgent = READ_ONCE(rq->urgent);

	return urgent && READ_ONCE(rq->current) == urgent ? READ_ONCE(rq->urgency) : 0;
}
/* Is this CPU to choose again? @rq is its own. */
bool runqueue_resched_wanted(const struct runqueue *rq);
