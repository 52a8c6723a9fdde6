/* SPDX-License-Identifier: MIT */
/*
 * A thread of a program: a schedulable thread with its part of a process's files, memory and
 * signals.
 */
#pragma once

#include "lib/rbtree.h"
#include "lib/refcount.h"
#include "proc/pid.h"
#include "sched/thread.h"
#include "signal/signal.h"

struct process;
struct process_vfork;

/* The armed timers on one CPU clock, a process's or a thread's: posix_timer.c. */
struct SHARED cpu_timer_queue {
	struct rb_root_cached timers; /* [process->lock] the first that expires leftmost */
	struct list_node node;	      /* [process->lock] of the process, while there are any */
};

/* The timers of a process. */
struct SHARED posix_timers {
	struct rb_root by_number;    /* [process->lock] of struct posix_timer */
	struct cpu_timer_queue cpu;  /* [process->lock] on the process's CPU clock */
	struct list_node cpu_queues; /* [process->lock] its and its threads', while not empty */
};

struct SHARED user_thread {
	struct thread thread;	       /* [o] what is scheduled, and what it works with */
	struct refcount refs;	       /* [a] the running thread's, users' */
	struct list_node process_node; /* [process_tree, process->lock] */
	struct pid *tid_pid;	       /* [process_tree] */
	bool owns_tid_pid;	       /* [process_tree] not the process's own */
	bool is_task;		       /* [o] counted in USER_TASKS and BOX_TASKS */
	bool exiting;		       /* [process->lock] takes no signals any more */
	u64 stop_round;		       /* [process->lock] the process's: stopped; 0: never was */
	bool restore_blocked;	       /* [o] */
	struct signal_queue pending;   /* [process->lock] */
	u64 settled_round;	       /* [process->lock] signal_send.c: S4 */
	/* [o] signal mask; written by the owner under process->lock */
	u64 blocked;
	u64 saved_blocked; /* [o] for sigsuspend, pselect: restored on return */
	u64 waiting_for;   /* [process->lock] the set of a sigtimedwait that sleeps */
	u64 altstack_base, altstack_size; /* [o] */
	u32 altstack_flags;		  /* [o] */
	int exit_status;		  /* [o] */
	int __user *clear_child_tid;	  /* [o] */
	int __user *set_child_tid;	  /* [o] to be written when it first runs */
	void __user *robust_list;	  /* [o] */
	struct process_vfork *vfork;	  /* [process->lock] the parent to wake at exec or exit */
	/* restart of timed sleeps (restart_syscall) */
	long (*restart)(struct user_thread *t); /* [o] */
	struct {
		u64 deadline_ns;	/* [o] on the monotonic clock */
		u64 until_ns;		/* [o] on its own clock */
		int clock;		/* [o] */
		void __user *remaining; /* [o] */
		u32 __user *futex;	/* [o] */
		u32 value, bitset;	/* [o] */
		u32 flags;		/* [o] */
	} restart_args;
	u64 fault_address;		   /* [o] of the last fault signal */
	u64 timer_slack_ns;		   /* [o] prctl */
	struct cpu_timer_queue cpu_timers; /* [process->lock] on its CPU clock */
};

/* The thread of a program that @t is part of. */
static __always_inline struct user_thread *user_thread_of(struct thread *t)
{
	return container_of(t, struct user_thread, thread);
}
/* The current thread, which is one of a program. */
static __always_inline struct user_thread *current_user_thread(void)
{
	return user_thread_of(current_thread());
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
