// SPDX-License-Identifier: MIT
/* Pending signals of one thread or one process. */
#include "proc/signal_queue.h"
#include "core/assert.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/posix_timer.h"
#include "proc/rlimit.h"
#include "vfs/cred.h"

static struct slab_cache instance_cache;

void signal_queue_init_cache(void)
{
	slab_cache_init(&instance_cache, "signal", sizeof(struct signal_instance), 0);
}

static struct signal_instance *instance_alloc(struct process *process, int signal,
					      const siginfo_t *info)
{
	struct signal_instance *instance;

	/*
	 * What is not real-time and was not asked for with a value never fails for the limit: the
	 * bit suffices.
	 */
	if (process->nr_queued >= rlimit_soft(process, RLIMIT_SIGPENDING) &&
	    (signal >= SIGRTMIN || info->si_code == SI_QUEUE))
		return NULL;
	instance = slab_alloc(&instance_cache, 0);
	if (!instance)
		return NULL;
	siginfo_copy(&instance->info, info);
	instance->timer = NULL;
	process->nr_queued++;
	return instance;
}

int signal_queue_add(struct process *process, struct signal_queue *queue, int signal,
		     const siginfo_t *info)
{
	struct signal_instance *instance;

	assert_spin_held(&process->lock);
	if (signal < SIGRTMIN && (queue->set & SIGNAL_BIT(signal)))
		return 0;
	if (info) {
		instance = instance_alloc(process, signal, info);
		if (instance)
			list_add_last(&queue->instances, &instance->node);
		else if (signal >= SIGRTMIN && info->si_code != SI_USER)
			return -EAGAIN;
	}
	queue->set |= SIGNAL_BIT(signal);
	return 0;
}

void signal_queue_add_own(struct process *process, struct signal_queue *queue, int signal, int code)
{
	struct signal_instance *instance;

	assert_spin_held(&process->lock);
	if (queue->set & SIGNAL_BIT(signal))
		return;
	queue->set |= SIGNAL_BIT(signal);
	instance = slab_alloc(&instance_cache, 0);
	if (unlikely(!instance))
		return;
	siginfo_clear(&instance->info);
	instance->info.si_signo = signal;
	instance->info.si_code = code;
	instance->info.si_pid = process_id(process);
	instance->info.si_uid = cred_current()->uid;
	instance->timer = NULL;
	process->nr_queued++;
	list_add_last(&queue->instances, &instance->node);
}

void signal_queue_add_timer(struct signal_queue *queue, struct signal_instance *instance)
{
	if (list_is_linked(&instance->node))
		return;
	list_add_last(&queue->instances, &instance->node);
	queue->set |= SIGNAL_BIT(instance->info.si_signo);
}

static void instance_drop(struct process *process, struct signal_instance *instance)
{
	list_remove_init(&instance->node);
	if (instance->timer)
		return;
	slab_free(&instance_cache, instance);
	process->nr_queued--;
}

int signal_queue_take(struct process *process, struct signal_queue *queue, u64 set, siginfo_t *info)
{
	struct signal_instance *instance, *found = NULL;
	bool more = false;
	int signal;

	assert_spin_held(&process->lock);
	set &= queue->set;
	if (!set)
		return 0;
	if (set & SIGNALS_SYNCHRONOUS)
		set &= SIGNALS_SYNCHRONOUS;
	signal = __builtin_ctzl(set) + 1;
	list_for_each_entry(instance, &queue->instances, node) {
		if (instance->info.si_signo != signal)
			continue;
		if (found) {
			more = true;
			break;
		}
		found = instance;
	}
	if (!more)
		queue->set &= ~SIGNAL_BIT(signal);
	if (!found) {
		siginfo_clear(info);
		info->si_signo = signal;
		info->si_code = SI_KERNEL;
		return signal;
	}
	siginfo_copy(info, &found->info);
	if (found->timer) {
		list_remove_init(&found->node);
		posix_timer_signal_taken(found->timer, info);
	} else {
		instance_drop(process, found);
	}
	return signal;
}

void signal_queue_drop(struct process *process, struct signal_queue *queue, u64 set)
{
	struct signal_instance *instance, *next;

	assert_spin_held(&process->lock);
	if (!(queue->set & set))
		return;
	queue->set &= ~set;
	list_for_each_entry_safe(instance, next, &queue->instances, node)
		if (SIGNAL_BIT(instance->info.si_signo) & set)
			instance_drop(process, instance);
}

void signal_queue_drop_timer(struct signal_queue *queue, struct signal_instance *instance)
{
	struct signal_instance *other;
	int signal = instance->info.si_signo;

	if (!list_is_linked(&instance->node))
		return;
	list_remove_init(&instance->node);
	list_for_each_entry(other, &queue->instances, node)
		if (other->info.si_signo == signal)
			return;
	queue->set &= ~SIGNAL_BIT(signal);
}
