// SPDX-License-Identifier: MIT
/* Wait queues: see waitq.h. */
#include "sched/waitq.h"

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

void waitq_add(struct waitq *wq, struct wait_entry *entry)
{
	irq_state_t state = spin_lock_irq_save(&wq->lock);

	/* Exclusive waiters are behind all others, in the order of arrival. */
	if (!list_is_linked(&entry->node)) {
		if (entry->exclusive)
			list_add_last(&wq->entries, &entry->node);
		else
			list_add_first(&wq->entries, &entry->node);
	}
	spin_unlock_irq_restore(&wq->lock, state);
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
	waitq_add(wq, entry);
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
