// SPDX-License-Identifier: MIT
/*
 * waitq.c -- wait queues: how a sleeper is found and woken.
 *
 * Idea.  A sleeper goes to sleep in three steps: its entry is put on the queue, its state says how
 *   it sleeps, and then it looks at its condition once more. A waker goes the other way: it changes
 *   the condition, then looks for entries, then at the state of each thread. A full fence lies
 *   between the steps of each. So no wake-up is lost: of the sleeper's state and the waker's
 *   condition at least one is seen by the other side. If the waker finds no entry, or a state that
 *   says that the thread runs, the sleeper's look is still to come and sees the new condition. If
 *   it finds the thread asleep it wakes it, also when that thread has not left its CPU yet
 *   (sched.c).
 * Invariants.
 *   W1  An entry is on the queue before its thread's state says that it sleeps.
 *   W2  The waker's last access to an entry is the store to node->prev, with the queue's lock held.
 *       The entry is on the sleeper's stack: a sleeper that finds it off the queue may leave
 *       without the lock; one that does not takes the lock.
 *   W3  Exclusive entries are behind all others. So a waker that comes to one of them has called
 *       all that are not exclusive. A thread counts as woken only if this waker has changed its
 *       state: one that a signal or a deadline has woken is passed over.
 *   W4  Entries that came after the waker need not be woken: their threads look at the condition
 *       later.
 * Locks.  The queue's, then runqueue. No condition is looked at under the queue's lock.
 * Cost.  Without sleepers a fence and a load. A woken sleeper takes the queue's lock once, to
 *   enter. A waker lets interrupts in after every WOKEN_AT_ONCE entries, however many there are.
 * Tests.  waitq_model_test.c: all orders of a sleeper's and a waker's steps.
 */
#include "sched/waitq.h"

#include "core/assert.h"

#define WOKEN_AT_ONCE 32 /* entries; then interrupts may come */
#define WOKEN_FEW 4	 /* entries: what a waker that lets no interrupts in may wake */

void waitq_init(struct waitq *wq)
{
	spin_lock_init(&wq->lock, waitq);
	list_init(&wq->entries);
}

/*
 * Wake the sleeper and take its entry off the queue, so that it need not take the lock again. The
 * entry is on the sleeper's stack: the store to node->prev is the last access to it (see is_off).
 */
static bool wake_thread(struct wait_entry *entry, u64 key)
{
	struct list_node *node = &entry->node;

	(void)key;
	if (!sched_wake(entry->thread))
		return false;
	list_remove(node);
	__atomic_store_n(&node->next, node, __ATOMIC_RELAXED);
	__atomic_store_n(&node->prev, node, __ATOMIC_RELEASE);
	return true;
}

/* Has wake_thread finished with @entry? Without the queue's lock. */
static bool is_off(const struct wait_entry *entry)
{
	const struct list_node *node = &entry->node;

	return __atomic_load_n(&node->prev, __ATOMIC_ACQUIRE) == node &&
	       __atomic_load_n(&node->next, __ATOMIC_RELAXED) == node;
}

void wait_entry_init(struct wait_entry *entry)
{
	list_init(&entry->node);
	entry->thread = current_thread();
	entry->wake = wake_thread;
	entry->exclusive = false;
}

/* As list_insert_between(). A waker looks at the head without the lock: waitq_has_entries(). */
static void insert(struct list_node *node, struct list_node *prev, struct list_node *next)
{
	next->prev = node;
	node->next = next;
	node->prev = prev;
	WRITE_ONCE(prev->next, node);
}

static __always_inline void add(struct waitq *wq, struct wait_entry *entry)
{
	irq_state_t state = spin_lock_irq_save(&wq->lock);
	struct list_node *head = &wq->entries;

	/* Exclusive waiters are behind all others, in the order of arrival. */
	if (!list_is_linked(&entry->node)) {
		if (entry->exclusive)
			insert(&entry->node, head->prev, head);
		else
			insert(&entry->node, head, head->next);
	}
	spin_unlock_irq_restore(&wq->lock, state);
}

void waitq_add(struct waitq *wq, struct wait_entry *entry)
{
	add(wq, entry);
	/*
	 * The entry is seen before the caller looks at its condition; to release a lock orders
	 * nothing that comes after it. Pairs with waitq.h:waitq_wake_key.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void waitq_remove(struct waitq *wq, struct wait_entry *entry)
{
	irq_state_t state = spin_lock_irq_save(&wq->lock);

	if (list_is_linked(&entry->node))
		list_remove_init(&entry->node);
	spin_unlock_irq_restore(&wq->lock, state);
}

void waitq_prepare(struct waitq *wq, struct wait_entry *entry, enum thread_state state)
{
	debug_assert(entry->thread == current_thread());
	add(wq, entry); /* W1 */
	/*
	 * A full fence, after the entry is on the queue and before the caller looks at its
	 * condition.
	 */
	sched_sleep_prepare(state);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with waitq.h:waitq_wake_key */
}

void waitq_finish(struct waitq *wq, struct wait_entry *entry)
{
	sched_sleep_finish();
	if (!is_off(entry))
		waitq_remove(wq, entry);
}

/* Wake the entries from the one at @node on, up to @end, @max of them. True: that is all. */
static bool wake_some(struct list_node **node, const struct list_node *end, u64 key, bool one,
		      unsigned max)
{
	for (unsigned n = 0; *node != end; n++) {
		struct wait_entry *entry = list_entry(*node, struct wait_entry, node);
		bool exclusive = entry->exclusive;

		if (n == max)
			return false;
		*node = (*node)->next;
		if (entry->wake(entry, key) && exclusive && one)
			return true;
	}
	return true;
}

/* What a waker leaves in the queue while it lets the lock go. */
static bool wake_nobody(struct wait_entry *entry, u64 key)
{
	(void)entry;
	(void)key;
	return false;
}

/*
 * There are more entries than are woken in one section. Exclusive ones that come meanwhile are
 * behind @end, others before @node: neither is woken.
 */
static irq_state_t wake_rest(struct waitq *wq, struct list_node *node, u64 key, bool one,
			     irq_state_t state) NO_LOCK_ANALYSIS
{
	struct wait_entry here = {.wake = wake_nobody}, end = {.wake = wake_nobody};
	bool done;

	list_add_last(&wq->entries, &end.node);
	do {
		list_add_before(node, &here.node);
		spin_unlock_irq_restore(&wq->lock, state);
		state = spin_lock_irq_save(&wq->lock);
		node = here.node.next;
		list_remove(&here.node);
		done = wake_some(&node, &end.node, key, one, WOKEN_AT_ONCE);
	} while (!done);
	list_remove(&end.node);
	return state;
}

void waitq_wake_slow(struct waitq *wq, u64 key, bool one)
{
	irq_state_t state = spin_lock_irq_save(&wq->lock);
	struct list_node *node = wq->entries.next;

	if (unlikely(!wake_some(&node, &wq->entries, key, one, WOKEN_AT_ONCE)))
		state = wake_rest(wq, node, key, one, state);
	spin_unlock_irq_restore(&wq->lock, state);
}

bool waitq_wake_few_slow(struct waitq *wq, u64 key, bool one)
{
	irq_state_t state = spin_lock_irq_save(&wq->lock);
	struct list_node *node = wq->entries.next;
	bool done = wake_some(&node, &wq->entries, key, one, WOKEN_FEW);

	spin_unlock_irq_restore(&wq->lock, state);
	return done;
}
