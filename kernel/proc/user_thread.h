/* SPDX-License-Identifier: MIT */
/*
 * A thread of a program: a schedulable thread with its part of a process's files, memory and
 * signals.
 */
#pragma once

#include "core/assert.h"
#include "lib/refcount.h"
#include "proc/pid.h"
#include "proc/process_usage.h"
#include "ptimer/process_timers.h"
#include "sched/thread.h"
#include "signal/signal.h"

struct process;
struct process_vfork;

/* What restart_syscall(2) goes on with: a timed sleep that a signal interrupted. */
struct SHARED syscall_restart {
	long (*call)(struct user_thread *t); /* [o] NULL: nothing */
	u64 deadline_ns;		     /* [o] on the monotonic clock */
	u64 until_ns;			     /* [o] on its own clock */
	int clock;			     /* [o] */
	void __user *remaining;		     /* [o] */
	u32 __user *futex;		     /* [o] */
	u32 value, bitset;		     /* [o] */
	u32 flags;			     /* [o] */
};

struct SHARED user_thread {
	struct thread thread;	       /* [o] what is scheduled, and what it works with */
	struct refcount refs;	       /* [a] the running thread's, users' */
	struct epoch_item epoch;       /* [o] of the last reference */
	struct list_node process_node; /* [process_tree, process->lock] */
	struct pid *tid_pid;	       /* [process_tree] */
	bool owns_tid_pid;	       /* [process_tree] not the process's own */
	bool is_task;		       /* [o] counted in USER_TASKS and BOX_TASKS */
	/* [process->lock] takes no signals any more; reads: [a] */
	bool exiting;
	int exit_status;		   /* [o] */
	struct thread_signals signals;	   /* [process->lock] */
	struct altstack altstack;	   /* [o] */
	struct syscall_restart restart;	   /* [o] */
	int __user *clear_child_tid;	   /* [o] */
	int __user *set_child_tid;	   /* [o] to be written when it first runs */
	void __user *robust_list;	   /* [o] */
	struct process_vfork *vfork;	   /* [process->lock] the parent to wake at exec or exit */
	u64 timer_slack_ns;		   /* [o] prctl */
	struct cpu_timer_queue cpu_timers; /* [process->lock] on its CPU clock */
	struct cpu_times times_shown;	   /* [process->lock] */
};

/* The thread of a program that @t is part of. */
static __always_inline struct user_thread *user_thread_of(struct thread *t)
{
	return container_of(t, struct user_thread, thread);
}
/* The current thread, which is one of a program. */
static __always_inline struct user_thread *current_user_thread(void)
{
	struct thread *t = current_thread();

	debug_assert(thread_is_user(t));
	return user_thread_of(t);
}
/* NULL in a thread of the kernel. */
static __always_inline struct process *current_process(void)
{
	return current_thread()->process;
}

/* Referenced (user_thread_put); NULL. */
struct user_thread *user_thread_find(pid_t tid);
static inline void user_thread_get(struct user_thread *t)
{
	refcount_get(&t->refs);
}
void user_thread_put(struct user_thread *t);
/* Linux's letter for its state in /proc: R S D T Z X. */
char user_thread_state_letter(struct user_thread *t);
