// SPDX-License-Identifier: MIT
/*
 * signal_takers.c -- the search for threads that can take a signal of their process.
 *
 * Idea. A process has thousands of threads if it likes, and all but the last may block a signal;
 *   the search has interrupts off, and is often part of an interrupt. So it looks at some threads.
 *   If none of them takes the signal and there are more, the thread of the kernel for long wake-ups
 *   (wake_later.h) goes on, some threads at a time.
 * Invariants.
 *   T1  takers_sought: the kernel's thread has a request with a reference to the process, and will
 *       look at all threads from taker_next on for the signals `takers_left`, then at all threads
 *       for `takers_again`. A thread behind taker_next that unblocks a signal finds it pending.
 * Locks. process->lock.
 * Tests. tests/guest/misbehaviour/long_lists.c, tests/guest/signal/sig_many.c.
 */
#include "core/assert.h"
#include "proc/process_internal.h"
#include "sched/wake_later.h"

#define LOOKED_AT_ONCE 256U /* threads, with interrupts off */

bool signal_can_take(const struct user_thread *t, int signal)
{
	if (t->exiting || (t->blocked & ~t->waiting_for & SIGNAL_BIT(signal)))
		return false;
	return !user_thread_is_stopped(t) || signal == SIGKILL;
}

/* Leave the search for takers of @set to the kernel's thread, from @t on. Locks: process->lock. */
static void search_later(struct process *process, struct user_thread *t, u64 set)
{
	assert_spin_held(&process->lock);
	if (process->takers_sought) {
		process->takers_again |= set;
		return;
	}
	process->takers_sought = true; /* T1 */
	process->taker_next = t;
	process->takers_left = set;
	process_get(process);
	wake_later_request(&process->takers_later, 0);
}

struct user_thread *signal_choose_thread(struct process *process, int signal)
{
	struct user_thread *t, *found = NULL;
	unsigned looked = 0;

	assert_spin_held(&process->lock);
	if (process->leader && signal_can_take(process->leader, signal))
		found = process->leader;
	if (process->nr_live <= 1 && found)
		return found;
	list_for_each_entry(t, &process->threads, process_node) {
		if (looked++ == LOOKED_AT_ONCE) {
			if (!found)
				search_later(process, t, SIGNAL_BIT(signal));
			break;
		}
		if (!signal_can_take(t, signal))
			continue;
		if (t->waiting_for & SIGNAL_BIT(signal))
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
	set &= process->shared_pending.set;
	if (!set || process->nr_live <= 1 || process->group_exiting)
		return;
	list_for_each_entry(t, &process->threads, process_node) {
		if (looked++ == LOOKED_AT_ONCE) {
			search_later(process, t, set);
			return;
		}
		if (t == from || t->exiting || !(set & ~t->blocked))
			continue;
		sched_notify(&t->thread, WORK_SIGNAL, WAKE_SIGNAL);
		set &= t->blocked;
		if (!set)
			return;
	}
}

/* Wake @t for those signals of @set that it can take; the others. Locks: process->lock. */
static u64 give(struct process *process, struct user_thread *t, u64 set)
{
	u64 takes = set & ~(t->blocked & ~t->waiting_for);

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
	struct user_thread *t;

	assert_spin_held(&process->lock);
	for (unsigned n = 0; (t = process->taker_next) && n < LOOKED_AT_ONCE; n++) {
		process->taker_next = user_thread_after(process, &t->process_node);
		process->takers_left =
			give(process, t, process->takers_left & process->shared_pending.set);
		if (!process->takers_left || process->group_exiting)
			process->taker_next = NULL;
	}
	if (process->taker_next)
		return true;
	process->takers_left = process->takers_again;
	process->takers_again = 0;
	if (process->takers_left)
		process->taker_next = user_thread_after(process, &process->threads);
	return process->taker_next;
}

/* In the kernel's thread. */
static void search_on(struct wake_later *later)
{
	struct process *process = container_of(later, struct process, takers_later);
	irq_state_t state = spin_lock_irq_save(&process->lock);
	bool more = search_some(process);

	process->takers_sought = more; /* T1 */
	spin_unlock_irq_restore(&process->lock, state);
	if (more)
		wake_later_request(later, 0);
	else
		process_put(process);
}

void signal_takers_init(struct process *process)
{
	wake_later_setup(&process->takers_later, NULL, false, search_on);
}
