/* SPDX-License-Identifier: MIT */
/*
 * Wait queues: threads that wait for an event. A sleeper has an entry on one queue; a poller has
 * entries on many, each with its own wake function.
 */
#pragma once

#include "sched/sched.h"

struct SHARED waitq {
	struct spinlock lock;	  /* class waitq                  */
	struct list_node entries; /* [lock] of struct wait_entry  */
};

struct wait_entry;
/*
 * Called with the queue's lock held, any context. @key: what happened (poll events; 0 unknown).
 * Returns whether a thread was woken.
 */
typedef bool (*wait_wake_t)(struct wait_entry *entry, u64 key);

struct wait_entry {
	struct list_node node;
	struct thread *thread;
	wait_wake_t wake;
	bool exclusive; /* wake_one stops after one of these */
};

void waitq_init(struct waitq *wq);
/* An entry that wakes the current thread. */
void wait_entry_init(struct wait_entry *entry);
/* Put @entry on the queue (if it is not) and set the thread's state. */
void waitq_prepare(struct waitq *wq, struct wait_entry *entry, enum thread_state state);
/* Take it off and be runnable again. */
void waitq_finish(struct waitq *wq, struct wait_entry *entry);
/*
 * For pollers: on and off without touching the thread's state. A poller looks at its condition when
 * its entry is on, as a full fence orders the two.
 */
void waitq_add(struct waitq *wq, struct wait_entry *entry);
void waitq_remove(struct waitq *wq, struct wait_entry *entry);
/*
 * Wake all, or all non-exclusive and one exclusive. Context: any; where interrupts are on they come
 * in between when there are many. @wq stays until this returns.
 */
void waitq_wake_slow(struct waitq *wq, u64 key, bool one);

/* Is any entry on @wq? Without its lock: the caller has put a full fence before. */
static __always_inline bool waitq_has_entries(const struct waitq *wq)
{
	return READ_ONCE(wq->entries.next) != &wq->entries;
}

static __always_inline void waitq_wake_key(struct waitq *wq, u64 key, bool one)
{
	/*
	 * Pairs with the fence in waitq_prepare: the waker's condition is stored before it looks
	 * here.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (waitq_has_entries(wq))
		waitq_wake_slow(wq, key, one);
}
/*
 * The same, but only for the first few entries: false when there are more, of which wake_later.h
 * takes care. For wakers that have interrupts off until they return. Context: any.
 */
bool waitq_wake_few_slow(struct waitq *wq, u64 key, bool one) __must_check;
static __always_inline __must_check bool waitq_wake_few(struct waitq *wq, u64 key, bool one)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with waitq.c:waitq_prepare */
	return !waitq_has_entries(wq) || waitq_wake_few_slow(wq, key, one);
}
static __always_inline void waitq_wake_all(struct waitq *wq)
{
	waitq_wake_key(wq, 0, false);
}
static __always_inline void waitq_wake_one(struct waitq *wq)
{
	waitq_wake_key(wq, 0, true);
}

/*
 * A sleep ended early, and the thread's state says that it runs. Either it sees now what it waited
 * for, or a waker sees the state, and wakes another one instead. Orders the state before the look.
 */
static __always_inline void waitq_last_look(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with sched.c:sched_wake_states */
}

/*
 * Sleep until @condition, by @deadline_ns: 0, -EINTR, -ETIMEDOUT. @condition may take spinlocks,
 * not sleep.
 */
#define WAIT_EVENT_AS(wq, condition, state, is_exclusive, deadline_ns)                             \
	({                                                                                         \
		int wait_err = 0;                                                                  \
		if (!(condition)) {                                                                \
			struct wait_entry wait_me;                                                 \
			wait_entry_init(&wait_me);                                                 \
			wait_me.exclusive = (is_exclusive);                                        \
			for (;;) {                                                                 \
				waitq_prepare(wq, &wait_me, state);                                \
				if (condition)                                                     \
					break;                                                     \
				wait_err = sched_sleep(deadline_ns);                               \
				if (wait_err) {                                                    \
					if (is_exclusive)                                          \
						waitq_last_look();                                 \
					if (condition)                                             \
						wait_err = 0;                                      \
					break;                                                     \
				}                                                                  \
				if (condition) /* mostly: spares another prepare */                \
					break;                                                     \
			}                                                                          \
			waitq_finish(wq, &wait_me);                                                \
		}                                                                                  \
		wait_err;                                                                          \
	})
#define WAIT_EVENT_STATE(wq, condition, state, deadline_ns)                                        \
	WAIT_EVENT_AS(wq, condition, state, false, deadline_ns)
/*
 * The same as an exclusive waiter: waitq_wake_one wakes one of these. A thread that is woken may
 * have found @condition true already: when it has taken its part and there is more, it wakes the
 * next one.
 */
#define WAIT_EVENT_EXCLUSIVE(wq, condition, deadline_ns)                                           \
	WAIT_EVENT_AS(wq, condition, THREAD_SLEEPING, true, deadline_ns)
#define WAIT_EVENT(wq, condition, deadline_ns)                                                     \
	WAIT_EVENT_STATE(wq, condition, THREAD_SLEEPING, deadline_ns)
#define WAIT_EVENT_KILLABLE(wq, condition)                                                         \
	WAIT_EVENT_STATE(wq, condition, THREAD_KILLABLE, DEADLINE_NEVER)
#define WAIT_EVENT_UNINTERRUPTIBLE(wq, condition)                                                  \
	ignore_result(WAIT_EVENT_STATE(wq, condition, THREAD_UNINTERRUPTIBLE, DEADLINE_NEVER),     \
		      "never fails")
