// SPDX-License-Identifier: MIT
/*
 * signal_send.c -- a signal is sent to a process or a thread: it is dropped or queued, and a thread
 * that can take it is woken.
 *
 * Idea. Sending marks the signal pending and notifies one thread that does not block it
 *   (WORK_SIGNAL); everything else happens in that thread, before it returns to user mode
 *   (signal_deliver.c). Three things happen at once: an ignored signal is dropped; SIGCONT ends a
 *   stop, and stop signals and SIGCONT cancel each other; a signal that ends the process sets
 *   WORK_KILLED of all its threads, so that no killable sleep outlasts it.
 * Invariants.
 *   S1  If some thread can take a pending signal now, WORK_SIGNAL of one such thread is set, or the
 *       search for it goes on (signal_takers.c: T1).
 *   S2 group_exiting, once set, stays set. The threads are notified some at a time, as there may be
 *       thousands and interrupts are off: exit.kill_next is the first that is not notified, and
 *       each thread that begins to exit, or leaves the process, notifies more (exit.c). A thread
 *       that is notified does not return to user mode.
 *   S3  process->stop.round goes up when a stop ends; a thread is stopped while its own stop_round
 *       is the process's. So SIGCONT ends the stop of all threads in one step; they are woken when
 *       process->lock has been released: a few by the sender, which may have other locks, more by
 *       each that goes on (signal_deliver.c).
 *   S4  A stop signal cancels SIGCONT in the queues of all threads, and SIGCONT the stop signals:
 *       at once in the process's queue; in a thread's when that is used next (signal_settle), for
 *       all that was sent in rounds after its settled_round. In an interrupt (a timer's signal)
 *       instances leave the queue, too; they are freed when the process's queues are used next.
 * Locks. process->lock over each send. Memory for an instance is taken under the lock: kernel
 *   signals need none, so interrupts may send them.
 * Tests. signal_model_test.c, tests/guest/signal/.
 */
#include "core/assert.h"
#include "core/fast_path.h"
#include "proc/exit.h"
#include "mm/user_account.h"
#include "proc/process_internal.h"
#include "proc/session.h"
#include "ptimer/posix_timer.h"
#include "trace/trace.h"
#include "vfs/cred.h"

#define KILLED_AT_ONCE 16U  /* threads; each of them notifies more when it exits */
#define LOOKED_AT_ONCE 256U /* threads; of these, exiting ones notify more, too */
#define STOPPED_AT_ONCE 32U /* threads; then process->lock is released */

bool signal_default_ignores(int signal)
{
	return SIGNAL_BIT(signal) & SIGNALS_DEFAULT_IGNORE;
}

bool signal_default_stops(int signal)
{
	return SIGNAL_BIT(signal) & SIGNALS_DEFAULT_STOP;
}

void process_kill_locked(struct process *process, int status)
{
	assert_spin_held(&process->lock);
	if (process->exit.group_exiting)
		return;
	process->exit.group_exiting = true; /* S2 */
	process->exit.group_status = status;
	process->stop.active = false;
	process->stop.next = NULL;
	process_kill_begin_locked(process);
}

/* The current thread needs no wake-up. */
static void notify(struct user_thread *t, u32 work, u32 states)
{
	if (&t->thread == current_thread())
		thread_work_set(&t->thread, work);
	else
		sched_notify(&t->thread, work, states);
}

void process_kill_begin_locked(struct process *process)
{
	process->exit.kill_next = user_thread_after(process, &process->threads.list);
	process_kill_more_locked(process);
}

void process_kill_more_locked(struct process *process)
{
	unsigned nr_notified = 0, nr_seen = 0;
	struct user_thread *t;

	assert_spin_held(&process->lock);
	while ((t = process->exit.kill_next) && nr_notified < KILLED_AT_ONCE &&
	       nr_seen++ < LOOKED_AT_ONCE) {
		process->exit.kill_next = user_thread_after(process, &t->process_node);
		if (t->exiting || (!process->exit.group_exiting && t == process->exit.exec_thread))
			continue;
		sched_notify(&t->thread, WORK_KILLED | WORK_SIGNAL, WAKE_KILL);
		nr_notified++;
	}
}

void process_stop_begin_locked(struct process *process)
{
	assert_spin_held(&process->lock);
	process->stop.next = user_thread_after(process, &process->threads.list);
}

bool process_stop_more_locked(struct process *process)
{
	struct user_thread *t;

	assert_spin_held(&process->lock);
	for (unsigned n = 0; (t = process->stop.next) && n < STOPPED_AT_ONCE; n++) {
		process->stop.next = user_thread_after(process, &t->process_node);
		if (!t->exiting)
			notify(t, WORK_SIGNAL, WAKE_SIGNAL);
	}
	return process->stop.next;
}

void process_unlink_thread_locked(struct process *process, struct user_thread *t)
{
	assert_spin_held(&process->lock);
	if (unlikely(process->exit.kill_next))
		process_kill_more_locked(process); /* before the next line: it may come to @t */
	if (process->exit.kill_next == t)
		process->exit.kill_next = user_thread_after(process, &t->process_node);
	if (process->stop.next == t)
		process->stop.next = user_thread_after(process, &t->process_node);
	if (process->signals.takers.next == t)
		process->signals.takers.next = user_thread_after(process, &t->process_node);
	list_remove_init(&t->process_node);
}

/*
 * Drop @set from the process's queue, and S4 from those of its threads. There are few: Q3. Locks:
 * process->lock.
 */
static void cancel(struct process *process, u64 set, u64 *round)
{
	unsigned budget = SIGNALS_DROPPED_AT_ONCE;

	ignore_result(signal_queue_drop_some(process, &process->signals.pending, set, &budget),
		      "few: Q3");
	*round = ++process->signals.cancel_round;
}

void signal_settle_slow(struct user_thread *t)
{
	struct process *process = t->thread.process;
	unsigned budget = SIGNALS_DROPPED_AT_ONCE;
	u64 set = 0;

	assert_spin_held(&process->lock);
	if (process->signals.continue_round > t->signals.settled_round)
		set |= SIGNALS_DEFAULT_STOP;
	if (process->signals.halt_round > t->signals.settled_round)
		set |= SIGNAL_BIT(SIGCONT);
	ignore_result(signal_queue_drop_some(process, &t->signals.pending, set, &budget),
		      "few: Q3");
	t->signals.settled_round = process->signals.cancel_round;
}

/* S3. The sender of SIGCONT calls wake_stopped() when it has released process->lock. */
static void end_stop(struct process *process)
{
	bool complete =
		process->stop.nr_stopped && process->stop.nr_stopped >= process->threads.nr_live;

	process->stop.active = false;
	process->stop.next = NULL;
	process->stop.nr_stopped = 0;
	WRITE_ONCE(process->stop.round, process->stop.round + 1); /* wait_while_stopped, /proc */
	WRITE_ONCE(process->stop.flags,
		   complete ? PROCESS_CONTINUE_REPORT | PROCESS_CONTINUE_NOTIFY : 0);
}

void signal_wake_continued(struct process *process)
{
	ignore_result(waitq_wake_few(&process->stop.end, 0, false), "S3");
}

/* S3. @signal was sent to @process, which is referenced. Locks: process->lock not held. */
static void wake_stopped(struct process *process, int signal)
{
	if (unlikely(signal == SIGCONT))
		signal_wake_continued(process);
}

/* Stop signals and SIGCONT cancel each other, whatever is done about the signal itself. */
static void cancel_opposite(struct process *process, int signal)
{
	if (signal == SIGCONT) {
		cancel(process, SIGNALS_DEFAULT_STOP, &process->signals.continue_round);
		process->stop.nr_continued++;
		if (process->stop.active)
			end_stop(process);
	} else if (signal_default_stops(signal)) {
		cancel(process, SIGNAL_BIT(SIGCONT), &process->signals.halt_round);
	}
}

static bool is_dropped(const struct process *process, const struct user_thread *t, int signal)
{
	if (t->signals.blocked & SIGNAL_BIT(signal))
		return false; /* it may get a handler before it is unblocked */
	if (process->signals.unkillable && signal_handler_word(process, signal) == (u64)SIG_DFL)
		return true;
	return signal_is_ignored(process, signal);
}

void signal_wake_taker_locked(struct process *process, struct user_thread *thread, int signal)
{
	assert_spin_held(&process->lock);
	if (signal == SIGKILL && !process->signals.unkillable) {
		process_kill_locked(process, signal);
		return;
	}
	if (!thread)
		thread = signal_choose_thread(process, signal);
	else if (!signal_can_take(thread, signal))
		thread = NULL;
	if (!thread)
		return;
	if (signal_is_fatal(process, signal) && !process->signals.unkillable &&
	    !(thread->signals.waiting_for & SIGNAL_BIT(signal)))
		process_kill_locked(process, signal);
	else
		sched_notify(&thread->thread, WORK_SIGNAL, WAKE_SIGNAL); /* S1 */
}

/*
 * Fast path: most signals have a handler and only one thread that can take them. Then the result of
 * the checks in send_any is known: not dropped, not fatal, stops nothing.
 */
static bool is_plain(const struct process *process, const struct user_thread *t, int signal)
{
	return fast_path_is_on(FAST_PATH_signal) && process->threads.nr_live == 1 && t &&
	       !t->exiting && !process->stop.nr_stopped &&
	       !(SIGNAL_BIT(signal) &
		 (SIGNALS_DEFAULT_STOP | SIGNALS_ALWAYS_ACT | t->signals.blocked)) &&
	       signal_handler_word(process, signal) > (u64)SIG_IGN;
}

/* The thread of a process that has one whose mask decides whether a signal to it is dropped. */
static struct user_thread *taker_like(struct process *process, struct user_thread *thread)
{
	if (thread)
		return thread;
	return process->threads.leader && !process->threads.leader->exiting
		       ? process->threads.leader
		       : list_first_entry(&process->threads.list, struct user_thread, process_node);
}

static const siginfo_t *info_or_kernel(const siginfo_t *info)
{
	static const siginfo_t kernel = {.si_code = SI_KERNEL};

	return info ? info : &kernel;
}

static u64 tid_or_0(const struct user_thread *thread)
{
	return thread ? (u64)thread->thread.tid : 0;
}

/* Is the signal dropped at once, as it is ignored? Arguments and locks: send_locked. */
static bool drop(struct process *process, struct user_thread *thread, int signal,
		 const siginfo_t *info)
{
	if (!is_dropped(process, taker_like(process, thread), signal))
		return false;
	info = info_or_kernel(info);
	TRACE(signal_ignore, signal, process_id(process), tid_or_0(thread), info->si_code,
	      siginfo_word(info, 2), siginfo_word(info, 3), siginfo_times(info));
	return true;
}

static __noinline int send_any(struct process *process, struct user_thread *thread, int signal,
			       const siginfo_t *info)
{
	int err;

	if (!process->threads.nr_live || process->exit.group_exiting)
		return 0;
	if (thread && thread->exiting)
		return 0;
	if (thread)
		signal_settle(thread);
	cancel_opposite(process, signal);
	if (drop(process, thread, signal, info))
		return 0;
	err = signal_queue_add(process, signal_queue_of(process, thread), signal, info);
	if (!err)
		signal_wake_taker_locked(process, thread, signal);
	return err;
}

static __noinline void trace_send(struct process *process, struct user_thread *thread, int signal,
				  const siginfo_t *info)
{
	info = info_or_kernel(info);
	TRACE(signal_send, signal, process_id(process), tid_or_0(thread), info->si_code,
	      siginfo_word(info, 2), siginfo_word(info, 3), siginfo_times(info));
}

/* @thread NULL: to the process. @info NULL: kernel signal without details. */
static __always_inline int send_locked(struct process *process, struct user_thread *thread,
				       int signal, const siginfo_t *info)
{
	struct user_thread *leader = process->threads.leader;
	int err;

	if (unlikely(trace_on))
		trace_send(process, thread, signal, info);
	if (!is_plain(process, leader, signal) || process->exit.group_exiting ||
	    (thread && thread != leader))
		return send_any(process, thread, signal, info);
	err = signal_queue_add(process, signal_queue_of(process, thread), signal, info);
	if (!err)
		notify(leader, WORK_SIGNAL, WAKE_SIGNAL); /* S1 */
	return err;
}

int signal_send_process(struct process *process, const siginfo_t *info)
{
	irq_state_t state = spin_lock_irq_save(&process->lock);
	int err = send_locked(process, NULL, info->si_signo, info);

	spin_unlock_irq_restore(&process->lock, state);
	wake_stopped(process, info->si_signo);
	return err;
}

int signal_send_thread(struct user_thread *thread, const siginfo_t *info)
{
	struct process *process = thread->thread.process;
	irq_state_t state = spin_lock_irq_save(&process->lock);
	int err = send_locked(process, thread, info->si_signo, info);

	spin_unlock_irq_restore(&process->lock, state);
	wake_stopped(process, info->si_signo);
	return err;
}

void signal_send_kernel_locked(struct process *process, int signal)
{
	debug_assert(signal != SIGCONT); /* S3 */
	ignore_result(send_locked(process, NULL, signal, NULL), "without details nothing can fail");
}

bool signal_send_timer_locked(struct process *process, struct user_thread *thread,
			      struct signal_instance *instance)
{
	int signal = instance->info.si_signo;

	if (unlikely(trace_on))
		trace_send(process, thread, signal, &instance->info);
	if (!process->threads.nr_live || process->exit.group_exiting || (thread && thread->exiting))
		return false;
	if (thread)
		signal_settle(thread); /* S4: what it sends was not cancelled before */
	cancel_opposite(process, signal);
	if (drop(process, thread, signal, &instance->info))
		return false;
	signal_queue_add_timer(signal_queue_of(process, thread), instance);
	signal_wake_taker_locked(process, thread, signal);
	return true;
}

void signal_send_kernel(struct process *process, int signal)
{
	irq_state_t state = spin_lock_irq_save(&process->lock);

	ignore_result(send_locked(process, NULL, signal, NULL), "without details nothing can fail");
	spin_unlock_irq_restore(&process->lock, state);
	wake_stopped(process, signal);
}

struct group_send {
	int signal;
	bool any; /* there was a member */
};

static void send_to_member(struct process *process, void *data)
{
	struct group_send *send = data;

	send->any = true;
	signal_send_kernel(process, send->signal);
}

int signal_send_group(struct pid *group, int signal)
{
	struct group_send send = {.signal = signal};

	session_for_each_member(group, send_to_member, &send);
	return send.any ? 0 : -ESRCH;
}

void signal_send_self(int signal)
{
	siginfo_t info = {.si_signo = signal, .si_code = SI_KERNEL};

	if (thread_is_user(current_thread()))
		ignore_result(signal_send_thread(current_user_thread(), &info),
			      "a standard signal is at least a bit");
}

static void force(int signal, int code, u64 address, bool to_default)
{
	struct user_thread *t = current_user_thread();
	struct process *process = t->thread.process;
	siginfo_t info = {.si_signo = signal, .si_code = code};
	irq_state_t state = spin_lock_irq_save(&process->lock);

	info.si_addr = (void *)address;
	if (to_default || signal_handler_word(process, signal) == (u64)SIG_IGN ||
	    (t->signals.blocked & SIGNAL_BIT(signal))) {
		signal_handlers_set_default(process->signals.handlers, signal);
		t->signals.blocked &= ~SIGNAL_BIT(signal);
	}
	/* No process, not even init, goes on from an instruction that cannot be executed. */
	if (signal_handler_word(process, signal) == (u64)SIG_DFL)
		process->signals.unkillable = false;
	t->signals.fault_address = address;
	ignore_result(send_locked(process, t, signal, &info),
		      "a standard signal is at least a bit");
	spin_unlock_irq_restore(&process->lock, state);
}

void signal_force_fault(int signal, int code, u64 address)
{
	force(signal, code, address, false);
}

void signal_force_segv(void)
{
	force(SIGSEGV, SI_KERNEL, 0, true);
}

/*
 * Drop @signal from the queue of the process, and from those of some threads from *@at on
 * (referenced; NULL: from the first), which is moved. False: there is more to drop. Locks:
 * process->lock.
 */
static bool drop_some_ignored(struct process *process, int signal, struct user_thread **at)
{
	unsigned budget = SIGNALS_DROPPED_AT_ONCE, looked = 0;
	u64 set = SIGNAL_BIT(signal);
	struct user_thread *t = *at;

	*at = NULL;
	if (!signal_queue_drop_some(process, &process->signals.pending, set, &budget))
		return false;
	if (!t || !list_is_linked(&t->process_node))
		t = user_thread_after(process, &process->threads.list);
	for (; t; t = user_thread_after(process, &t->process_node)) {
		if (signal_queue_drop_some(process, &t->signals.pending, set, &budget) &&
		    looked++ < LOOKED_AT_ONCE)
			continue;
		user_thread_get(t);
		*at = t;
		return false;
	}
	return true;
}

/*
 * Later signals see that it is ignored; discard those already pending, unless another thread has
 * set a handler meanwhile: those sent since then are the handler's.
 */
static __noinline void drop_ignored(struct process *process, int signal)
{
	struct user_thread *at = NULL, *before;
	irq_state_t state;
	bool done;

	do {
		before = at;
		state = spin_lock_irq_save(&process->lock);
		done = !signal_is_ignored(process, signal) ||
		       thread_kill_pending(current_thread()) ||
		       drop_some_ignored(process, signal, &at);
		spin_unlock_irq_restore(&process->lock, state);
		if (before)
			user_thread_put(before);
	} while (!done);
}

int signal_set_action(int signal, const struct kernel_sigaction *wanted,
		      struct kernel_sigaction *old)
{
	struct process *process = current_process();
	struct signal_handlers *handlers;
	struct kernel_sigaction *action;

	if (signal < 1 || signal > SIGNAL_MAX ||
	    (wanted && (SIGNALS_UNBLOCKABLE & SIGNAL_BIT(signal))))
		return -EINVAL;
	handlers = process->signals.handlers;
	action = &handlers->actions[signal - 1];
	spin_lock(&handlers->lock);
	if (old)
		*old = signal_action(handlers, signal);
	if (wanted) {
		/*
		 * Others that have process->lock only, of any process that shares it, look at this.
		 */
		__atomic_store_n(&action->handler, wanted->handler, __ATOMIC_RELAXED);
		action->flags = wanted->flags;
		action->restorer = wanted->restorer;
		action->mask = wanted->mask & ~SIGNALS_UNBLOCKABLE;
		/*
		 * After the action; pairs with signal_has_action. And before the look at the timers
		 * below: a full barrier, which pairs with that in posix_timer_create.
		 */
		__atomic_fetch_or(&handlers->changed, SIGNAL_BIT(signal), __ATOMIC_SEQ_CST);
	}
	spin_unlock(&handlers->lock);
	if (!wanted)
		return 0;
	if (unlikely(signal_is_ignored(process, signal)))
		drop_ignored(process, signal);
	else if (unlikely(posix_timers_exist(&process->timers.posix)))
		posix_timer_signal_wanted(process, signal);
	return 0;
}

void signal_sets_get(struct user_thread *t, struct signal_sets *out)
{
	struct process *process = t->thread.process;
	irq_state_t state = spin_lock_irq_save(&process->lock);

	signal_settle(t);
	*out = (struct signal_sets){.pending = t->signals.pending.set,
				    .shared_pending = process->signals.pending.set,
				    .blocked = t->signals.blocked,
				    .nr_queued = user_present(process->cred->user, USER_SIGNALS),
				    .queue_limit =
					    process->limits.table[RLIMIT_SIGPENDING].rlim_cur};
	for (int signal = 1; signal <= SIGNAL_MAX; signal++) {
		u64 handler = signal_handler_word(process, signal);

		if (handler == (u64)SIG_IGN)
			out->ignored |= SIGNAL_BIT(signal);
		else if (handler != (u64)SIG_DFL)
			out->caught |= SIGNAL_BIT(signal);
	}
	spin_unlock_irq_restore(&process->lock, state);
}
