// SPDX-License-Identifier: MIT
/*
 * signal_queue.c -- pending signals of one thread or one process.
 *
 * Idea. A program can make thousands of instances pending, and the queue is used with interrupts
 *   off: so no operation may look at more than one instance of each signal. The queue's list has
 *   the first instance of each signal, whose list `later` has the others.
 * Invariants.
 *   Q1 In queue->instances there is at most one instance of a signal. The lists of the instances in
 *       its list `later` are empty.
 *   Q2  A signal with an instance has its bit in queue->set.
 *   Q3  Of the signals that cancel each other when they are sent (stops, SIGCONT) there is at most
 *       one instance, timers' included.
 *   Q4  Each instance, those in timers included, is charged to the real user of its process at the
 *       time it was made, and to the process's own count.
 * Tests. signal_queue_test.c.
 * Locks. process->lock. To drop many, some are dropped at a time, and the lock is released between.
 */
#include "signal/signal_queue.h"
#include "core/assert.h"
#include "mm/slab.h"
#include "mm/user_account.h"
#include "proc/rlimit.h"
#include "ptimer/posix_timer.h"
#include "vfs/cred.h"

static struct slab_cache instance_cache;

void signal_queue_init_cache(void)
{
	slab_cache_init(&instance_cache, "signal", sizeof(struct signal_instance), 0);
}

/* The first instance of @signal, or NULL. Looks at one instance of each signal (Q1). */
static struct signal_instance *first_of(const struct signal_queue *queue, int signal)
{
	struct signal_instance *instance;

	list_for_each_entry(instance, &queue->instances, node)
		if (instance->info.si_signo == signal)
			return instance;
	return NULL;
}

static void link_instance(struct signal_queue *queue, struct signal_instance *instance)
{
	int signal = instance->info.si_signo;
	struct signal_instance *first = NULL;

	list_init(&instance->later);
	if (unlikely(queue->set & SIGNAL_BIT(signal)))
		first = first_of(queue, signal);
	list_add_last(first ? &first->later : &queue->instances, &instance->node);
	queue->set |= SIGNAL_BIT(signal); /* Q2 */
}

/* True: it was the last of its signal. */
static bool unlink_instance(struct signal_queue *queue, struct signal_instance *instance)
{
	struct signal_instance *next;

	if (likely(list_is_empty(&instance->later))) {
		list_remove_init(&instance->node);
		return !first_of(queue, instance->info.si_signo);
	}
	next = list_first_entry(&instance->later, struct signal_instance, node);
	list_remove(&next->node);
	list_init(&next->later);
	list_splice_last(&next->later, &instance->later);
	list_add_before(&instance->node, &next->node);
	list_remove_init(&instance->node);
	return false;
}

int signal_instance_charge(struct process *process, struct signal_instance *instance, u64 limit)
{
	struct user_account *user = process->cred->user;
	int err = user_charge(user, USER_SIGNALS, 1, limit);

	if (err)
		return err;
	user_account_get(user);
	instance->user = user;
	process->signals.nr_queued++;
	return 0;
}

void signal_instance_uncharge(struct process *process, struct signal_instance *instance)
{
	user_uncharge(instance->user, USER_SIGNALS, 1);
	user_account_put(instance->user);
	process->signals.nr_queued--;
}

/* Free what interrupts have dropped, which cannot do it, within @budget. True: none is left. */
static __noinline bool free_dropped(struct process *process, unsigned *budget)
{
	struct list_node *node;

	assert_spin_held(&process->lock);
	for (; *budget && (node = list_pop_first(&process->signals.dropped)); --*budget) {
		struct signal_instance *instance = list_entry(node, struct signal_instance, node);

		signal_instance_uncharge(process, instance);
		slab_free(&instance_cache, instance);
	}
	return list_is_empty(&process->signals.dropped);
}

/* An instance within @limit, without its info. NULL: the limit, or no memory. */
static struct signal_instance *instance_alloc(struct process *process, u64 limit)
{
	struct signal_instance *instance = slab_alloc(&instance_cache, 0);
	unsigned budget = SIGNALS_DROPPED_AT_ONCE;

	if (unlikely(!list_is_empty(&process->signals.dropped)))
		free_dropped(process, &budget); /* the next one frees more */
	if (unlikely(!instance))
		return NULL;
	if (unlikely(signal_instance_charge(process, instance, limit))) {
		slab_free(&instance_cache, instance);
		return NULL;
	}
	instance->timer = NULL;
	return instance;
}

/*
 * The limit on instances with @info. Standard signals without a value have none, as the bit would
 * suffice.
 */
static u64 limit_of(const struct process *process, int signal, const siginfo_t *info)
{
	return signal >= SIGRTMIN || info->si_code == SI_QUEUE
		       ? rlimit_soft(process, RLIMIT_SIGPENDING)
		       : USER_NO_LIMIT;
}

int signal_queue_add(struct process *process, struct signal_queue *queue, int signal,
		     const siginfo_t *info)
{
	struct signal_instance *instance;

	assert_spin_held(&process->lock);
	if (signal < SIGRTMIN && (queue->set & SIGNAL_BIT(signal)))
		return 0;
	if (info) {
		instance = instance_alloc(process, limit_of(process, signal, info));
		if (instance) {
			siginfo_copy(&instance->info, info);
			link_instance(queue, instance);
		} else if (signal >= SIGRTMIN && info->si_code != SI_USER) {
			return -EAGAIN;
		}
	}
	queue->set |= SIGNAL_BIT(signal);
	return 0;
}

void signal_queue_add_timer(struct signal_queue *queue, struct signal_instance *instance)
{
	u64 bit = SIGNAL_BIT(instance->info.si_signo);

	if (list_is_linked(&instance->node))
		return;
	if ((bit & (SIGNALS_DEFAULT_STOP | SIGNAL_BIT(SIGCONT))) && (queue->set & bit))
		return; /* Q3 */
	link_instance(queue, instance);
}

/* It is in no queue any more, and no timer's. */
static void instance_free(struct process *process, struct signal_instance *instance)
{
	if (unlikely(in_interrupt())) {
		list_add_last(&process->signals.dropped, &instance->node);
		return;
	}
	signal_instance_uncharge(process, instance);
	slab_free(&instance_cache, instance);
}

/* It has left its queue, but no thread takes it. */
static void instance_drop(struct process *process, struct signal_instance *instance)
{
	if (instance->timer)
		posix_timer_signal_dropped(instance->timer);
	else
		instance_free(process, instance);
}

int signal_queue_take(struct process *process, struct signal_queue *queue, u64 set, siginfo_t *info)
{
	struct signal_instance *found;
	int signal;

	assert_spin_held(&process->lock);
	set &= queue->set;
	if (!set)
		return 0;
	if (set & SIGNALS_SYNCHRONOUS)
		set &= SIGNALS_SYNCHRONOUS;
	signal = __builtin_ctzl(set) + 1;
	found = first_of(queue, signal);
	if (!found || list_is_empty(&found->later))
		queue->set &= ~SIGNAL_BIT(signal);
	if (!found) {
		siginfo_clear(info);
		info->si_signo = signal;
		info->si_code = SI_KERNEL;
		return signal;
	}
	siginfo_copy(info, &found->info);
	ignore_result(unlink_instance(queue, found), "seen above");
	if (found->timer)
		posix_timer_signal_taken(found->timer, info);
	else
		instance_free(process, found);
	return signal;
}

bool signal_queue_drop_some(struct process *process, struct signal_queue *queue, u64 set,
			    unsigned *budget)
{
	struct signal_instance *instance, *next;

	assert_spin_held(&process->lock);
	set &= queue->set;
	if (likely(!set))
		return true;
	list_for_each_entry_safe(instance, next, &queue->instances, node) {
		u64 bit = SIGNAL_BIT(instance->info.si_signo);

		if (!(bit & set))
			continue;
		while (!list_is_empty(&instance->later) && *budget) {
			struct signal_instance *behind =
				list_entry(instance->later.prev, struct signal_instance, node);

			list_remove_init(&behind->node);
			instance_drop(process, behind);
			--*budget;
		}
		if (!*budget)
			return false;
		--*budget;
		list_remove_init(&instance->node);
		instance_drop(process, instance);
		queue->set &= ~bit;
	}
	queue->set &= ~set; /* those without an instance */
	return true;
}

void signal_queue_drop_all(struct process *process, struct signal_queue *queue)
{
	bool done = false;

	while (!done) {
		unsigned budget = SIGNALS_DROPPED_AT_ONCE;
		irq_state_t state = spin_lock_irq_save(&process->lock);

		done = signal_queue_drop_some(process, queue, ~0UL, &budget) &&
		       free_dropped(process, &budget);
		spin_unlock_irq_restore(&process->lock, state);
	}
}

void signal_queue_drop_timer(struct signal_queue *queue, struct signal_instance *instance)
{
	int signal = instance->info.si_signo;

	if (!list_is_linked(&instance->node))
		return;
	if (unlink_instance(queue, instance))
		queue->set &= ~SIGNAL_BIT(signal);
}
