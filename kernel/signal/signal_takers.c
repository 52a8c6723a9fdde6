// SPDX-License-Identifier: MIT
/*
 * signal_takers.c -- the search for threads that can take a signal of their process.
 *
 * Idea. A process has thousands of threads if it likes, and all but the last may block a signal;
 *   the search has interrupts off, and is often part of an interrupt. So it looks at some threads.
 *   If none of them takes the signal and there are more, the thread of the kernel for long wake-ups
 *   (wake_later.h) goes on, some threads at a time.
 * Invariants.
 *   T1  signals.takers.sought: the kernel's thread has a request with a reference to the process,
 *       and will look at all threads from takers.next on for the signals takers.left, then at all
 *       threads for takers.again. A thread before takers.next that unblocks a signal finds it
 *       pending.
 * Locks. process->lock.
 * Tests. signal_takers_test.c, tests/guest/misbehaviour/long_lists.c.
 */
#include "core/assert.h"
#include "proc/process_internal.h"
#include "sched/wake_later.h"

#define LOOKED_AT_ONCE 256U /* threads, with interrupts off */

/* The signals that @t leaves to others: blocked, and not waited for. Locks: process->lock. */
static u64 not_taken_by(const struct user_thread *t)
{
	return t->signals.blocked & ~t->signals.waiting_for;
}

bool signal_can_take(const struct user_thread *t, int signal)
{
	if (t->exiting || (not_taken_by(t) & SIGNAL_BIT(signal)))
		return false;
	return !user_thread_is_stopped(t) || signal == SIGKILL;
}

/* Leave the search for takers of @set to the kernel's thread, from @t on. Locks: process->lock. */
static void search_later(struct process *process, struct user_thread *t, u64 set)
{
	struct signal_takers *takers = &process->signals.takers;

	assert_spin_held(&process->lock);
	if (takers->sought) {
		takers->again |= set;
		return;
	}
	takers->sought = true; /* T1 */
	takers->next = t;
	takers->left = set;
	process_get(process);
	wake_later_request(&takers->later, 0);
}

struct user_thread *signal_choose_thread(struct process *process, int signal)
{
	struct user_thread *t, *found = NULL;
	unsigned looked = 0;

	assert_spin_held(&process->lock);
	if (process->threads.leader && signal_can_take(process->threads.leader, signal))
		found = process->threads.leader;
	if (process->threads.nr_live <= 1 && found)
		return found;
	list_for_each_entry(t, &process->threads.list, process_node) {
		if (looked++ == LOOKED_AT_ONCE) {
			if (!found)
				search_later(process, t, SIGNAL_BIT(signal));
			break;
		}
		if (!signal_can_take(t, signal))
			continue;
		if (t->signals.waiting_for & SIGNAL_BIT(signal))
			return t;
		if (!found)
			found = t;
	}
	return found;
}

void signal_retarget_locked(struct user_thread *from, u64 set)
{
	struct process *process = from->thread.process;
	struct user_thread *t;
	unsigned looked = 0;

	assert_spin_held(&process->lock);
	set &= process->signals.pending.set;
	if (!set || process->threads.nr_live <= 1 || process->exit.group_exiting)
		return;
	list_for_each_entry(t, &process->threads.list, process_node) {
		if (looked++ == LOOKED_AT_ONCE) {
			search_later(process, t, set);
			return;
		}
		if (t == from || t->exiting || !(set & ~not_taken_by(t)))
			continue;
		sched_notify(&t->thread, WORK_SIGNAL, WAKE_SIGNAL);
		set &= not_taken_by(t);
		if (!set)
			return;
	}
}

/* Wake @t for those signals of @set that it can take; the others. Locks: process->lock. */
static u64 wake_for(struct process *process, struct user_thread *t, u64 set)
{
	u64 takes = set & ~not_taken_by(t);

	assert_spin_held(&process->lock);
	if (t->exiting || user_thread_is_stopped(t))
		return set;
	set &= ~takes;
	for (; takes; takes &= takes - 1)
		signal_wake_taker_locked(process, t, __builtin_ctzl(takes) + 1);
	return set;
}

/* Look at some more threads. True: there are more. Locks: process->lock. */
static bool search_some(struct process *process)
{
	struct signal_takers *takers = &process->signals.takers;
	struct user_thread *t;

	assert_spin_held(&process->lock);
	for (unsigned n = 0; (t = takers->next) && n < LOOKED_AT_ONCE; n++) {
		takers->next = user_thread_after(process, &t->process_node);
		takers->left = wake_for(process, t, takers->left & process->signals.pending.set);
		if (!takers->left || process->exit.group_exiting)
			takers->next = NULL;
	}
	if (takers->next)
		return true;
	takers->left = takers->again;
	takers->again = 0;
	if (takers->left)
		takers->next = user_thread_after(process, &process->threads.list);
	return takers->next;
}

/* In the kernel's thread. */
static void search_on(struct wake_later *later)
{
	struct process *process = container_of(later, struct process, signals.takers.later);
	irq_state_t state = spin_lock_irq_save(&process->lock);
	bool more = search_some(process);

	process->signals.takers.sought = more; /* T1 */
	spin_unlock_irq_restore(&process->lock, state);
	if (more)
		wake_later_request(later, 0);
	else
		process_put(process);
}

void signal_takers_init(struct process *process)
{
	wake_later_setup(&process->signals.takers.later, NULL, false, search_on);
}
