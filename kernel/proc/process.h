/* SPDX-License-Identifier: MIT */
/*
 * A process: what owns memory, descriptors, credentials, signals; and the threads that run in it.
 * The lists of children, threads, groups belong to process_tree (proc/pid.h); what signals touch to
 * process->lock.
 */
#pragma once

#include "proc/process_usage.h"
#include "proc/user_thread.h"
#include "sched/wake_later.h"
#include "time/timer.h"
#include "vfs/vfs.h"
#include "vm/vm_map.h"

#include <linux/resource.h>

struct account;
struct fdtable;
struct user_account;

enum process_state {
	PROCESS_ALIVE,
	PROCESS_ZOMBIE, /* all threads gone; status waits for the parent */
	PROCESS_REAPED,
};

#define PROCESS_STOP_REPORT 1U	   /* a stop not yet waited for                   */
#define PROCESS_CONTINUE_REPORT 2U /* a continuation not yet waited for           */
#define PROCESS_CONTINUE_NOTIFY 4U /* the parent is not notified yet              */

struct SHARED process {
	struct spinlock lock;		    /* class signal */
	struct refcount refs;		    /* [a] the tree's, its threads', users' */
	struct process_signals *signals;    /* [lock] handlers */
	struct signal_queue shared_pending; /* [lock] */
	u32 nr_queued;			    /* [a] signal instances, also of its threads */
	u32 nr_live;			    /* [lock] threads that have not begun to exit */
	bool group_exiting;		    /* [lock] exit_group or a fatal signal has begun */
	struct user_thread *kill_next;	    /* [lock] to be notified of the end; signal_send.c */
	struct user_thread *stop_next;	    /* [lock] to be notified of a stop */
	bool unkillable;		    /* [lock] init: no default action ends or stops it */
	bool stopping;			    /* [lock] a group stop is asked for or reached */
	int group_exit_status;		    /* [lock] */
	struct user_thread *exec_thread;    /* [lock] kills the others, then goes on alone */
	int stop_signal;		    /* [lock] of the latest stop */
	u32 stop_flags;			    /* [lock] PROCESS_STOP_* */
	u32 nr_stopped;			    /* [lock] live threads that are stopped */
	u64 stop_round;	       /* [lock] of the next stop, or the present one; from 1 */
	struct waitq stop_end; /* the stopped threads wait here for the next round */
	u32 nr_continued;      /* [lock] SIGCONTs so far */
	u64 cancel_round, continue_round, halt_round; /* [lock] signal_send.c: S4 */
	bool takers_sought;		/* [lock] a search for takers of signals goes on: T1 */
	struct user_thread *taker_next; /* [lock] where it is */
	u64 takers_left, takers_again;	/* [lock] for which signals */
	struct wake_later takers_later; /* [I] the request to the kernel's thread */
	struct account *account; /* [I] referenced: what its threads cause is charged there */
	const struct cred *cred; /* [lock] referenced: as of the thread that changed it last */

	enum process_state state;	  /* [process_tree] */
	struct pid *pid;		  /* [I] of the process: tgid */
	struct pid *pgrp, *session;	  /* [process_tree] referenced */
	struct list_node pgrp_node;	  /* [process_tree] in pid->members[] */
	struct list_node session_node;	  /* [process_tree] in pid->members[] */
	struct process *parent;		  /* [process_tree] see process_set_parent */
	struct user_account *zombie_user; /* [process_tree] referenced: a zombie is its task */
	pid_t parent_id;		  /* [a] written with parent; 0: none */
	struct list_node children;	  /* [process_tree] of child->sibling */
	struct list_node sibling;	  /* [process_tree] */
	struct list_node threads;	  /* [process_tree, lock] of user_thread.process_node */
	u32 nr_threads;			  /* [process_tree] in that list */
	struct user_thread *leader; /* [process_tree, lock] whose tid is the tgid; NULL: gone */
	int exit_signal;	    /* [process_tree] sent to the parent; SIGCHLD mostly, 0 none */
	int exit_status;	    /* [process_tree] as wait4 reports */
	bool has_execed;	    /* [process_tree] setpgid by the parent is over */
	bool borrows_memory;	    /* [o] its address space is its maker's (CLONE_VM) */
	bool is_session_leader;	    /* [process_tree] */
	bool links_no_group;	    /* [process_tree] it ends: its parent does not keep its group */
	u64 tty_round;		 /* [process_tree] the session's: this process has its terminal */
	struct waitq child_exit; /* wait4's sleepers: this process's threads */
	struct process_usage children_usage; /* [process_tree] of children waited for */

	struct rlimit limits[RLIM_NLIMITS]; /* [lock] */
	struct vfs_limits vfs_limits;	    /* [a] copies that the VFS reads */
	struct timer real_timer;	    /* ITIMER_REAL: [lock] */
	u64 real_timer_interval_ns;	    /* [lock] */
	u64 cpu_timer_left_ns[2];	    /* [lock] ITIMER_VIRTUAL, ITIMER_PROF; 0: off */
	u64 cpu_timer_interval_ns[2];	    /* [lock] */
	struct cpu_totals cpu_totals;	    /* [a] of all threads */
	u64 ticks_user, ticks_system;	    /* [a] that found one of its threads in each mode */
	u64 cpu_limit_ns;		    /* [lock] next signal of RLIMIT_CPU; ~0: never */
	u32 nr_cpu_timers;		    /* [a] reasons for process_tick to take the lock */
	struct posix_timers posix_timers;   /* [lock] */
	int next_timer_id;		    /* [lock] */
	struct process_usage past_maps;	    /* [lock] faults and peak of address spaces it had */
	u64 start_ns;			    /* [I] monotonic */
	char executable_name[16];	    /* [lock] basename of the last exec */
	bool dumpable, child_subreaper, no_new_privileges; /* [a] */
	int oom_score_adjust;				   /* [a] -1000..1000 */
	u32 personality;				   /* [a] */
	int parent_death_signal;			   /* [a] prctl */
};

static __always_inline pid_t process_id(const struct process *process)
{
	return process->pid->number;
}
/* Locks: process_tree held, or @process is not published yet. */
static inline void process_set_parent(struct process *process, struct process *parent)
{
	process->parent = parent;
	WRITE_ONCE(process->parent_id, parent ? process_id(parent) : 0);
}

/* Caches and tables. Boot, after vfs_init. */
void process_init(void);
/* Free what this CPU keeps for its next process. True when it kept something. */
bool process_trim(void);
/* With a reference; NULL when there is none or it is reaped. */
struct process *process_find(pid_t pid);
void process_get(struct process *process);
void process_put(struct process *process);
/* Processes that exist, zombies included; and the most threads there may be. */
unsigned process_count(void);
unsigned process_thread_limit(void);
void process_set_thread_limit(unsigned limit);
/* Visit all in pid order, each referenced during the call; false stops. @visit may sleep. */
void process_for_each(bool (*visit)(struct process *process, void *data), void *data);
/* Referenced: the oldest thread; the one with the lowest tid >= @from (not 0). NULL: none. */
struct user_thread *process_first_thread(struct process *process);
struct user_thread *process_next_thread(struct process *process, pid_t from);
/* Referenced, or NULL when the process has them no more: for looking in from outside. */
struct vm_map *process_get_vm(struct process *process);
/* Without a reference: only to be compared. */
const struct vm_map *process_peek_vm(struct process *process);
struct fdtable *process_get_files(struct process *process);
struct fs_context *process_get_fs(struct process *process);
const struct cred *process_get_cred(struct process *process);
/* Its real user id now. */
uid_t process_uid(struct process *process);
/* May the current thread look into @process (PTRACE_MODE_READ by ids and dumpability)? */
bool process_may_access(struct process *process);
/*
 * For fail_alloc.h: not those of kernel threads, of init and its children (a run that does not
 * begin shows nothing), of processes that are never ended for memory (oom_score_adj -1000).
 */
bool process_allocations_may_fail(void);
/* Are the ids of @process those of @cred, or could @cred look into any? */
bool process_matches_cred(struct process *process, const struct cred *cred);
extern struct process *init_process; /* [I] PID 1; NULL before it is made */
