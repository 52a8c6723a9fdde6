// SPDX-License-Identifier: MIT
/*
 * signal_deliver.c -- a thread takes its signals before it returns to user mode.
 *
 * Idea. signal_deliver_pending takes pending signals out one by one. Default actions happen here:
 *   ignore, stop, end. For a handler the architecture builds a frame on the user's stack, so that
 *   the return to user mode enters the handler; while more are pending WORK_SIGNAL stays set, and
 *   the return path calls again: the frames of several handlers are stacked. A system call that a
 *   signal interrupted is restarted or returns EINTR (man 7 signal).
 * Invariants.
 *   D1  When it returns, WORK_SIGNAL is false unless there is another signal to take: the return
 *       path would loop.
 *   D2  A system call is rewound at most once, before the first handler's frame is pushed.
 * Stopping. The thread that takes a stop signal notifies all threads, some at a time; each waits
 *   here as THREAD_STOPPED; the last one notifies the parent. SIGCONT (signal_send.c) ends the
 *   stop; the first thread to run notifies the parent again.
 * Locks. process->lock; dropped to notify the parent, to stop, to push a frame.
 * Tests. signal_model_test.c, tests/guest/signal/.
 */
#include "arch/arch_thread.h"
#include "core/assert.h"
#include "proc/exit.h"
#include "proc/process_internal.h"
#include "proc/session.h"
#include "ptimer/itimer.h"
#include "signal/signal_altstack.h"
#include "signal/signal_mask.h"
#include "trace/trace.h"
#include "vm/user_copy.h"

void signal_recalculate(struct user_thread *t)
{
	struct process *process = t->thread.process;
	u64 ready;

	assert_spin_held(&process->lock);
	signal_settle(t);
	ready = (t->signals.pending.set | process->signals.pending.set) & ~t->signals.blocked;
	if (ready || process->stop.active || process->exit.group_exiting ||
	    (process->exit.exec_thread && process->exit.exec_thread != t) ||
	    (process->stop.flags & PROCESS_CONTINUE_NOTIFY))
		thread_work_set(&t->thread, WORK_SIGNAL);
	else if (thread_work(&t->thread) & WORK_SIGNAL)
		thread_work_clear(&t->thread, WORK_SIGNAL);
}

static int take_signal(struct user_thread *t, u64 set, siginfo_t *info)
{
	struct process *process = t->thread.process;
	int signal;

	signal_settle(t);
	if (t->signals.pending.set & set)
		return signal_queue_take(process, &t->signals.pending, set, info);
	if (!(process->signals.pending.set & set))
		return 0;
	signal = signal_queue_take(process, &process->signals.pending, set, info);
	if (unlikely(signal == SIGALRM))
		itimer_alarm_taken_locked(process);
	return signal;
}

int signal_wait(u64 set, siginfo_t *info, u64 deadline_ns)
{
	struct user_thread *t = current_user_thread();
	struct process *process = t->thread.process;
	bool timed_out = false, waits; /* also for no signal at all: until @deadline_ns */
	irq_state_t state;
	int signal;

	set &= ~SIGNALS_UNBLOCKABLE;
	for (;;) {
		sched_sleep_prepare(THREAD_SLEEPING);
		state = spin_lock_irq_save(&process->lock);
		t->signals.waiting_for = 0;
		signal = take_signal(t, set, info);
		signal_recalculate(t);
		waits = !signal && !timed_out && !thread_signal_pending(&t->thread);
		if (waits)
			t->signals.waiting_for = set;
		else /* S1: those behind @signal */
			signal_retarget_locked(t, set & t->signals.blocked);
		spin_unlock_irq_restore(&process->lock, state);
		if (!waits)
			break;
		timed_out = sched_sleep(deadline_ns) == -ETIMEDOUT;
	}
	sched_sleep_finish();
	if (signal)
		return signal;
	return timed_out ? -EAGAIN : -EINTR;
}

static bool wake_stopped(struct wait_entry *entry, u64 key)
{
	(void)key;
	return sched_wake_states(entry->thread, BIT(THREAD_STOPPED));
}

/* Wait for SIGCONT or death. Locks: process->lock held, dropped and retaken. */
static void wait_while_stopped(struct user_thread *t, irq_state_t *state) NO_LOCK_ANALYSIS
{
	struct process *process = t->thread.process;
	u64 round = process->stop.round;
	struct wait_entry entry;
	bool last;

	assert_spin_held(&process->lock);
	debug_assert(!user_thread_is_stopped(t) &&
		     process->stop.nr_stopped < process->threads.nr_live);
	WRITE_ONCE(t->signals.stop_round, round); /* /proc: user_thread_is_stopped */
	process->stop.nr_stopped++;
	last = process->stop.nr_stopped == process->threads.nr_live;
	if (last)
		WRITE_ONCE(process->stop.flags, PROCESS_STOP_REPORT); /* report_job_control */
	spin_unlock_irq_restore(&process->lock, *state);
	if (last)
		process_notify_parent_stop(process, CLD_STOPPED);
	wait_entry_init(&entry);
	entry.wake = wake_stopped;
	entry.exclusive = true; /* behind those of earlier rounds, which are to be woken: S3 */
	for (;;) {
		waitq_prepare(&process->stop.end, &entry, THREAD_STOPPED);
		if (READ_ONCE(process->stop.round) != round || thread_kill_pending(&t->thread))
			break;
		ignore_result(sched_sleep(DEADLINE_NEVER), "the loop looks again");
	}
	waitq_finish(&process->stop.end, &entry);
	ignore_result(waitq_wake_few(&process->stop.end, 0, false), "each wakes others: S3");
	*state = spin_lock_irq_save(&process->lock);
	if (user_thread_is_stopped(t)) {
		WRITE_ONCE(t->signals.stop_round, 0);
		process->stop.nr_stopped--;
	}
}

/* The default action of stop signals. Locks: process->lock held, dropped and retaken. */
static void begin_stop(struct user_thread *me, int signal, irq_state_t *state) NO_LOCK_ANALYSIS
{
	struct process *process = me->thread.process;
	u32 continued = process->stop.nr_continued;
	bool orphaned = false;

	if (signal != SIGSTOP) {
		spin_unlock_irq_restore(&process->lock, *state);
		orphaned = session_current_is_orphaned();
		*state = spin_lock_irq_save(&process->lock);
	}
	/* A SIGCONT that was sent meanwhile has cancelled this stop. */
	if (orphaned || process->stop.nr_continued != continued || process->exit.group_exiting ||
	    process->stop.active)
		return;
	TRACE(signal_stop, signal, process_id(process));
	process->stop.active = true;
	WRITE_ONCE(process->stop.signal, signal); /* process_notify_parent_stop */
	WRITE_ONCE(process->stop.flags, 0);
	process_stop_begin_locked(process);
	/* Another stop begins only when a SIGCONT has ended this one. */
	while (process->stop.active && process->stop.nr_continued == continued &&
	       process_stop_more_locked(process)) {
		spin_unlock_irq_restore(&process->lock, *state);
		*state = spin_lock_irq_save(&process->lock);
	}
}

/*
 * What comes before signals: the end of the process, a stop, a notification of the parent. Locks:
 * process->lock held, dropped and retaken.
 */
static void handle_group_exit_and_stop(struct user_thread *t, irq_state_t *state) NO_LOCK_ANALYSIS
{
	struct process *process = t->thread.process;

	for (;;) {
		if (process->exit.group_exiting ||
		    (process->exit.exec_thread && process->exit.exec_thread != t)) {
			int status = process->exit.group_exiting ? process->exit.group_status : 0;

			spin_unlock_irq_restore(&process->lock, *state);
			thread_exit_user(status);
		}
		if (process->stop.flags & PROCESS_CONTINUE_NOTIFY) {
			WRITE_ONCE(process->stop.flags,
				   process->stop.flags & ~PROCESS_CONTINUE_NOTIFY);
			spin_unlock_irq_restore(&process->lock, *state);
			process_notify_parent_stop(process, CLD_CONTINUED);
			*state = spin_lock_irq_save(&process->lock);
		} else if (process->stop.active) {
			wait_while_stopped(t, state);
		} else {
			return;
		}
	}
}

/*
 * The next signal that has a handler: its number, 0 when there is none. Locks: process->lock held,
 * dropped and retaken.
 */
static int next_handled(struct user_thread *t, siginfo_t *info, struct kernel_sigaction *action,
			irq_state_t *state) NO_LOCK_ANALYSIS
{
	struct process *process = t->thread.process;
	u64 *handler;
	int signal;

	for (;;) {
		if (unlikely(process->exit.group_exiting || process->exit.exec_thread ||
			     process->stop.flags || process->stop.active))
			handle_group_exit_and_stop(t, state);
		signal = take_signal(t, ~t->signals.blocked, info);
		if (!signal)
			return 0;
		handler = &process->signals.handlers->actions[signal - 1].handler;
		spin_lock(&process->signals.handlers->lock);
		*action = signal_action(process->signals.handlers, signal);
		if (action->handler > (u64)SIG_IGN && (action->flags & SA_RESETHAND))
			__atomic_store_n(handler, (u64)SIG_DFL, __ATOMIC_RELAXED);
		spin_unlock(&process->signals.handlers->lock);
		if (action->handler > (u64)SIG_IGN)
			return signal;
		if (action->handler == (u64)SIG_IGN || signal_default_ignores(signal) ||
		    process->signals.unkillable)
			continue;
		if (signal_default_stops(signal))
			begin_stop(t, signal, state);
		else
			process_kill_locked(process, signal);
	}
}

/* An interrupted call restarts after the handler, or returns EINTR. D2 */
static void setup_restart_for_handler(struct trap_frame *frame,
				      const struct kernel_sigaction *action)
{
	if (frame_syscall_number(frame) < 0)
		return;
	switch (frame_return(frame)) {
	case -ERESTARTSYS:
		if (action->flags & SA_RESTART) {
			arch_syscall_rewind(frame);
			break;
		}
		frame_set_return(frame, -EINTR);
		break;
	case -ERESTARTNOINTR:
		arch_syscall_rewind(frame);
		break;
	case -ERESTARTNOHAND:
	case -ERESTART_RESTARTBLOCK:
		frame_set_return(frame, -EINTR);
		break;
	default:
		break;
	}
	frame_forget_syscall(frame);
}

static void restart_syscall(struct trap_frame *frame)
{
	if (frame_syscall_number(frame) < 0)
		return;
	switch (frame_return(frame)) {
	case -ERESTARTSYS:
	case -ERESTARTNOHAND:
	case -ERESTARTNOINTR:
		arch_syscall_rewind(frame);
		frame_forget_syscall(frame);
		break;
	case -ERESTART_RESTARTBLOCK:
		arch_syscall_restart_block(frame);
		frame_forget_syscall(frame);
		break;
	default:
		break;
	}
}

/*
 * Set the mask for the time that the handler runs; the old one goes into its frame. Locks:
 * process->lock held.
 */
static void block_for_handler(struct user_thread *t, struct signal_delivery *d, int signal)
{
	u64 mask = t->signals.blocked | d->action.mask;

	d->blocked_before =
		t->signals.restore_blocked ? t->signals.saved_blocked : t->signals.blocked;
	if (!(d->action.flags & SA_NODEFER))
		mask |= SIGNAL_BIT(signal);
	signal_set_blocked_locked(t, mask); /* D1 */
}

/* @blocked: the mask before block_for_handler, restored if the frame cannot be pushed. */
static void setup_handler(struct user_thread *t, struct signal_delivery *d, int signal, u64 blocked)
{
	u64 sp = frame_sp(d->frame);

	d->altstack_base = t->altstack.base;
	d->altstack_size = t->altstack.size;
	d->altstack_flags = signal_altstack_state(&t->altstack, sp);
	d->fault_address = t->signals.fault_address;
	d->on_altstack = (d->action.flags & SA_ONSTACK) && t->altstack.size &&
			 !signal_altstack_has(&t->altstack, sp);
	setup_restart_for_handler(d->frame, &d->action);
	if (unlikely(arch_signal_frame_push(d))) {
		signal_set_blocked(blocked);
		if (signal == SIGSEGV)
			signal_force_segv();
		else
			signal_force_fault(SIGSEGV, SI_KERNEL, 0);
		return;
	}
	TRACE(signal_deliver, signal, d->action.handler, sp, d->info->si_code,
	      siginfo_word(d->info, 2), siginfo_word(d->info, 3), siginfo_times(d->info));
	t->signals.restore_blocked = false;
	if (d->on_altstack && (t->altstack.flags & SS_AUTODISARM))
		signal_altstack_clear(&t->altstack);
}

/* What comes with WORK_NOTIFY. */
static __cold __noinline void notify(struct user_thread *t, struct process *process)
{
	thread_work_clear(&t->thread, WORK_NOTIFY);
	if (t->set_child_tid)
		ignore_result(put_user_u32((u32)t->thread.tid, (u32 __user *)t->set_child_tid),
			      "as on Linux, a bad address is not reported");
	t->set_child_tid = NULL;
	if (thread_work(&t->thread) & WORK_OVERRUN) {
		thread_work_clear(&t->thread, WORK_OVERRUN);
		signal_send_kernel(process, SIGXCPU);
	}
}

void signal_deliver_pending(struct trap_frame *frame)
{
	struct process *process = current_process();
	struct signal_delivery delivery;
	struct user_thread *t;
	siginfo_t info;
	irq_state_t state;
	u64 blocked;
	int signal;

	if (!process) /* a thread of the kernel */
		return;
	t = current_user_thread();
	if (unlikely(thread_work(&t->thread) & WORK_NOTIFY))
		notify(t, process);
	state = spin_lock_irq_save(&process->lock);
	signal = next_handled(t, &info, &delivery.action, &state);
	blocked = t->signals.blocked;
	if (signal)
		block_for_handler(t, &delivery, signal);
	else
		signal_recalculate(t); /* D1 */
	spin_unlock_irq_restore(&process->lock, state);
	if (signal) {
		delivery.frame = frame;
		delivery.info = &info;
		setup_handler(t, &delivery, signal, blocked);
		return;
	}
	restart_syscall(frame);
	signal_restore_blocked(t);
}
