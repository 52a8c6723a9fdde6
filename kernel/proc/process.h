/* SPDX-License-Identifier: MIT */
/*
 * A process: what owns memory, descriptors, credentials, signals; and the threads that run in it.
 */
#pragma once

#include "lib/hlist.h"
#include "lib/list.h"
#include "proc/pid.h"
#include "proc/signal.h"
#include "time/timer.h"
#include "vfs/vfs_context.h"
#include "vm/vm_map.h"

#include <linux/resource.h>

enum process_state {
	PROCESS_ALIVE,
	PROCESS_ZOMBIE, /* all threads gone; status waits for the parent */
	PROCESS_REAPED,
};

/* CPU time and counts, for getrusage and wait4. */
struct process_usage {
	u64 user_ns, system_ns;
	u64 faults_minor, faults_major;
	u64 switches_voluntary, switches_forced;
	u64 peak_resident_pages;
};

struct SHARED process {
	struct process_signals *signals; /* [I] shared by CLONE_SIGHAND: handlers                     */
	struct spinlock lock;		 /* class signal: pending, group stop, timers' state          */
	u32 refs;			 /* [a]                                                       */
	enum process_state state;	 /* [process_tree]                                            */
	struct pid *pid;		 /* [I] of the process: tgid                                  */
	struct pid *pgrp, *session;	 /* [process_tree]                                            */
	struct list_node pgrp_node, session_node; /* [process_tree] in pid->members[]                       */
	struct process *parent;		 /* [process_tree]                                            */
	struct list_node children;		 /* [process_tree] of child->sibling                          */
	struct list_node sibling;		 /* [process_tree]                                            */
	struct list_node all_node;		 /* [process_tree]                                            */
	struct list_node threads;		 /* [process_tree] of user_thread.process_node                */
	u32 nr_threads;			 /* [process_tree] alive                                      */
	struct waitq child_exit;	 /* wait4's sleepers: this process's threads                   */
	int exit_signal;		 /* [process_tree] sent to the parent at exit; SIGCHLD mostly */
	int exit_status;		 /* [process_tree] as wait4 reports                            */
	bool group_exiting;		 /* [lock] exit_group or a fatal signal is under way            */
	int group_exit_status;		 /* [lock]                                                    */
	struct user_thread *exec_thread; /* [lock] kills the others, then goes on alone                 */
	bool has_execed;		 /* [process_tree] setpgid by the parent is over                */
	bool is_session_leader;		 /* [process_tree]                                            */
	struct tty *controlling_tty;	 /* [process_tree] through the session                        */

	/* job control: what waitid is to report */
	int stop_signal;		 /* [lock] stopped by; 0: not                                  */
	u32 stop_flags;			 /* [lock] PROCESS_STOP_*                                      */
	u32 nr_stopped;			 /* [lock] threads that stand                                  */

	struct signal_queue shared_pending; /* [lock]                                                  */
	struct rlimit limits[RLIM_NLIMITS]; /* [lock]                                                  */
	struct vfs_limits vfs_limits;	    /* [lock] copies that the VFS reads                        */
	struct timer real_timer;	    /* ITIMER_REAL                                             */
	u64 real_timer_interval_ns;	    /* [lock]                                                  */
	u64 cpu_timer_left_ns[2], cpu_timer_interval_ns[2]; /* [lock] ITIMER_VIRTUAL, ITIMER_PROF         */
	struct posix_timer *posix_timers;   /* [lock] list                                             */
	struct process_usage dead_threads;  /* [lock] of threads that ended                            */
	struct process_usage children_usage; /* [process_tree] of children waited for                  */
	u64 start_ns;			    /* [I] monotonic                                           */
	char executable_name[16];
	bool dumpable;
	bool child_subreaper;
	bool no_new_privileges;
	int oom_score_adjust;		    /* [a] -1000..1000                                         */
	struct waitq *vfork_waiter;	    /* [lock] parent of vfork                                   */
	u32 personality;
};

#define PROCESS_STOP_REPORT 1U	   /* a stop not yet waited for           */
#define PROCESS_CONTINUE_REPORT 2U /* a continuation not yet waited for   */

struct SHARED user_thread {
	struct vfs_thread vfs;		/* first: thread, fs context, descriptors, credentials       */
	struct process *process;	/* [I]                                                       */
	struct list_node process_node;	/* [process_tree]                                            */
	struct pid *tid_pid;		/* [I]                                                       */
	u64 blocked;			/* [o] signal mask; written by the owner under process->lock */
	u64 saved_blocked;		/* [o] for sigsuspend, pselect: restored on return           */
	bool restore_blocked;		/* [o]                                                       */
	struct signal_queue pending;	/* [process->lock]                                           */
	u64 altstack_base, altstack_size; /* [o]                                                     */
	u32 altstack_flags;		/* [o]                                                       */
	int __user *clear_child_tid;	/* [o]                                                       */
	void __user *robust_list;	/* [o]                                                       */
	bool stopped;			/* [process->lock]                                           */
	struct process_vfork *vfork;	/* [o] whom to wake at exec or exit                          */
	int exit_status;		/* [o]                                                       */
	/* restart of timed sleeps (restart_syscall) */
	long (*restart)(struct user_thread *t); /* [o] */
	struct {
		u64 deadline_ns;
		int clock;
		void __user *remaining;
	} restart_sleep; /* [o] */
	u64 fault_address; /* [o] of the last fault signal */
	u64 parent_death_signal; /* [o] prctl */
};

static __always_inline struct user_thread *current_user_thread(void)
{
	return (struct user_thread *)current_thread();
}
static __always_inline struct process *current_process(void)
{
	return current_user_thread()->process;
}

void process_init(void);
struct process *process_find(pid_t pid);   /* referenced; NULL */
struct user_thread *user_thread_find(pid_t tid, struct process **process_out); /* its process referenced */
void process_get(struct process *process);
void process_put(struct process *process);
unsigned process_count(void);
/* Visit all processes in pid order, each referenced during the call; false stops. May sleep between. */
void process_for_each(bool (*visit)(struct process *process, void *data), void *data);
/* PID 1. */
extern struct process *init_process;

/* clone(2) and its relatives. */
struct clone_request {
	u64 flags; /* CLONE_* without the exit signal */
	int exit_signal;
	u64 stack_pointer; /* 0: the parent's */
	u64 tls;
	int __user *parent_tid;
	int __user *child_tid;
	int __user *pidfd;
};
/* Returns the child's pid (tid for threads) or an error. */
pid_t process_clone(struct trap_frame *frame, const struct clone_request *request);

/* execve on the current thread: 0 with *@frame ready to enter the new program, or an error with everything as before (after the point of no return a failure kills with SIGKILL).
 * @path etc. are kernel strings. */
struct exec_arguments;
int process_exec(struct trap_frame *frame, int dirfd, const char *path, struct exec_arguments *arguments, int flags);
/* Turn the current kernel thread into PID 1 running @path. Boot. Does not return on success. */
int process_start_init(const char *path, const char *const *argv, const char *const *envp);

/* End the current thread / its whole process. */
_Noreturn void thread_exit_user(int status);
_Noreturn void process_exit_group(int status);
/* CPU time and counts so far, alive threads included. */
void process_usage_get(struct process *process, struct process_usage *out);
/* Kill the process that holds the most memory (the out-of-memory handler). */
void process_kill_for_memory(void);
