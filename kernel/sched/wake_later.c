// SPDX-License-Identifier: MIT
/* wake_later.c -- the thread that wakes long queues for wakers with interrupts off. */
#include "sched/wake_later.h"

#include "core/assert.h"

static struct spinlock requests_lock = SPINLOCK_INIT(leaf_irq);
static struct list_node requests = LIST_INIT(requests); /* [leaf_irq] */
static struct thread *waker;				/* [I] after boot; NULL: none */

bool wake_later_request(struct wake_later *later, u64 key)
{
	irq_state_t irq = spin_lock_irq_save(&requests_lock);
	bool fresh = !later->pending;

	if (fresh) {
		later->key = key;
		later->pending = true;
		list_add_last(&requests, &later->node);
	} else {
		later->key = later->key && key ? later->key | key : 0; /* 0: whatever happened */
	}
	spin_unlock_irq_restore(&requests_lock, irq);
	if (fresh && READ_ONCE(waker))
		sched_wake(waker);
	return fresh;
}

/* The oldest request, which is no longer pending, and its key; NULL: there is none. */
static struct wake_later *take_request(u64 *key)
{
	irq_state_t irq = spin_lock_irq_save(&requests_lock);
	struct list_node *node = list_pop_first(&requests);
	struct wake_later *later = node ? list_entry(node, struct wake_later, node) : NULL;

	if (later) {
		later->pending = false;
		*key = later->key;
	}
	spin_unlock_irq_restore(&requests_lock, irq);
	return later;
}

static void waker_thread(void *unused)
{
	for (;;) {
		struct wake_later *later;
		u64 key = 0;

		sched_sleep_prepare(THREAD_UNINTERRUPTIBLE);
		later = take_request(&key);
		if (!later)
			ignore_result(sched_sleep(DEADLINE_NEVER), "no deadline, no signals");
		sched_sleep_finish();
		if (!later)
			continue;
		if (later->wq)
			waitq_wake_key(later->wq, key, later->one);
		if (later->done)
			later->done(later);
	}
}

void wake_later_init(void)
{
	struct thread *t;

	if (thread_create_kernel("waker", waker_thread, NULL, &t))
		panic("no memory for the thread that wakes long queues");
	WRITE_ONCE(waker, t);
	sched_wake(t); /* a request that came when it slept already has woken no thread */
}
