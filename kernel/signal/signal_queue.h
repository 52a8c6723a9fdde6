/* SPDX-License-Identifier: MIT */
/*
 * Pending signals: one bit each, and for those with details an instance with its siginfo.
 */
#pragma once

#include "proc/process.h"
#include "signal/signal_handlers.h"

void signal_queue_init_cache(void);
static inline void signal_queue_init(struct signal_queue *queue)
{
	queue->set = 0;
	list_init(&queue->instances);
}
/* Where a signal to @thread is pending, or, if that is NULL, one to any thread of @process. */
static __always_inline struct signal_queue *signal_queue_of(struct process *process,
							    struct user_thread *thread)
{
	return thread ? &thread->signals.pending : &process->signals.pending;
}

/* All of these: process->lock held. @process counts the instances. */

/*
 * Add. @info NULL: a kernel signal without details. 0, -EAGAIN (real-time signals beyond the
 * limit).
 */
int signal_queue_add(struct process *process, struct signal_queue *queue, int signal,
		     const siginfo_t *info);
/* Add the instance that is part of a timer. */
void signal_queue_add_timer(struct signal_queue *queue, struct signal_instance *instance);
/*
 * Take the first instance of the most urgent signal in @set out, and copy its siginfo. Returns its
 * number; 0 when there is none.
 */
int signal_queue_take(struct process *process, struct signal_queue *queue, u64 set,
		      siginfo_t *info);
/*
 * Drop pending signals of @set, at most *@budget instances, which is counted down. True: none is
 * left. Else release the lock for a moment and call again. SIGNALS_DROPPED_AT_ONCE is a budget that
 * keeps interrupts off for a moment only; stops and SIGCONT need less.
 */
bool signal_queue_drop_some(struct process *process, struct signal_queue *queue, u64 set,
			    unsigned *budget);
#define SIGNALS_DROPPED_AT_ONCE 64U
/* Drop all that is pending in a queue to which nothing is added any more. Takes process->lock. */
void signal_queue_drop_all(struct process *process, struct signal_queue *queue);
/* Take one timer's instance out, if it is there. */
void signal_queue_drop_timer(struct signal_queue *queue, struct signal_instance *instance);

/*
 * Charge an instance (also one of a timer) to @process and its user, unless the user
 * would have more than @limit queued: RLIMIT_SIGPENDING, getrlimit(2). 0, -EAGAIN.
 */
int signal_instance_charge(struct process *process, struct signal_instance *instance, u64 limit)
	__must_check;
void signal_instance_uncharge(struct process *process, struct signal_instance *instance);

/* Sets by default action, signal(7). */
#define SIGNALS_DEFAULT_STOP                                                                       \
	(SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU))
/* These have an effect when they are sent, whatever the handler. */
#define SIGNALS_ALWAYS_ACT (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGCONT))
#define SIGNALS_DEFAULT_IGNORE                                                                     \
	(SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGWINCH) | SIGNAL_BIT(SIGURG))
/* Raised by the thread's own instruction: delivered before any other. */
#define SIGNALS_SYNCHRONOUS                                                                        \
	(SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) |     \
	 SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGSYS))

static inline u64 signal_handler_word(const struct process *process, int signal)
{
	const struct signal_handlers *handlers = process->signals.handlers;

	if (!signal_has_action(handlers, signal))
		return (u64)SIG_DFL;
	return __atomic_load_n(&handlers->actions[signal - 1].handler, __ATOMIC_RELAXED);
}
/* No handler, and nothing would happen. */
static inline bool signal_is_ignored(const struct process *process, int signal)
{
	u64 handler = signal_handler_word(process, signal);

	return handler == (u64)SIG_IGN ||
	       (handler == (u64)SIG_DFL && (SIGNAL_BIT(signal) & SIGNALS_DEFAULT_IGNORE));
}
/* No handler, and the process would end. */
static inline bool signal_is_fatal(const struct process *process, int signal)
{
	return signal_handler_word(process, signal) == (u64)SIG_DFL &&
	       !(SIGNAL_BIT(signal) & (SIGNALS_DEFAULT_IGNORE | SIGNALS_DEFAULT_STOP));
}

/*
 * signal_send.c, for timers and ticks: process->lock held, any context. @thread NULL: to the
 * process. The kernel sends no SIGCONT this way; if a timer does, process->stop.round changes when
 * that ends a stop, and the caller calls signal_wake_continued() without the lock. A timer's is
 * refused (false) if the signal is ignored, or its receiver ends.
 */
void signal_send_kernel_locked(struct process *process, int signal);
bool signal_send_timer_locked(struct process *process, struct user_thread *thread,
			      struct signal_instance *instance);
/* Wake the threads of a stop that has ended. Context: any; process->lock not held. */
void signal_wake_continued(struct process *process);
/* signal_takers.c. May @t take @signal now? Locks: process->lock held. */
bool signal_can_take(const struct user_thread *t, int signal);
/*
 * A thread that can take @signal of the process: the leader if it can, a sleeper in sigtimedwait
 * before others; NULL: there is none, or a later search wakes one. Locks: process->lock held.
 */
struct user_thread *signal_choose_thread(struct process *process, int signal);
/* @from no longer takes signals of @set: notify others that can. Locks: process->lock held. */
void signal_retarget_locked(struct user_thread *from, u64 set);
/* For a new process. */
void signal_takers_init(struct process *process);
/*
 * signal_send.c: wake @thread (NULL: one that is chosen) for @signal, which is pending, or end the
 * process. Locks: process->lock held.
 */
void signal_wake_taker_locked(struct process *process, struct user_thread *thread, int signal);
/*
 * signal_send.c: drop what has been cancelled in the queue of @t, before it is used: S4. Locks:
 * process->lock held.
 */
void signal_settle_slow(struct user_thread *t);
static __always_inline void signal_settle(struct user_thread *t)
{
	if (unlikely(t->signals.settled_round != t->thread.process->signals.cancel_round))
		signal_settle_slow(t);
}
