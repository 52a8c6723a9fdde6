/* SPDX-License-Identifier: MIT */
/*
 * The parts of struct process that belong to this folder. Each has one lock, if its comment does
 * not say otherwise: process_tree (proc/pid.h) for the relations between processes, process->lock
 * for what signals and interrupts touch.
 */
#pragma once

#include "lib/list.h"
#include "proc/process_usage.h"
#include "sched/waitq.h"
#include "vfs/vfs.h"

#include <linux/resource.h>

struct pid;
struct process;
struct user_account;
struct user_thread;

enum process_state {
	PROCESS_ALIVE,
	PROCESS_ZOMBIE, /* all threads gone; status waits for the parent */
	PROCESS_REAPED,
};

/* Its place in the tree, and what its parent asks for. Guarded by process_tree. */
struct SHARED process_tree_links {
	enum process_state state;	     /* [process_tree] */
	struct process *parent;		     /* [process_tree] see process_set_parent */
	pid_t parent_id;		     /* [a] written with parent; 0: none */
	struct list_node children;	     /* [process_tree] of child->tree.sibling */
	struct list_node sibling;	     /* [process_tree] */
	struct waitq child_exit;	     /* wait4's sleepers: this process's threads */
	struct process_usage children_usage; /* [process_tree] of children waited for */
	int exit_signal;    /* [process_tree] sent to the parent; SIGCHLD mostly, 0 none */
	u64 nr_execs;	    /* [process_tree] programs that it has begun, so far */
	u64 parent_program; /* [process_tree] the parent's nr_execs when this one was made */
	int exit_status;    /* [process_tree] as wait4 reports */
	struct user_account *zombie_user; /* [process_tree] referenced: a zombie is its task */
};

/* Job control: its group, session and terminal, session.c. Guarded by process_tree. */
struct SHARED process_job {
	struct pid *group, *session;   /* [process_tree] referenced */
	struct list_node group_node;   /* [process_tree] in pid->members[] */
	struct list_node session_node; /* [process_tree] in pid->members[] */
	u64 tty_round;		       /* [process_tree] the session's: it has its terminal */
	bool is_session_leader;	       /* [process_tree] */
	bool has_execed;	       /* [process_tree] setpgid by the parent is over */
	bool links_no_group; /* [process_tree] it ends: its parent does not keep its group */
};

/*
 * Its threads. The list and the leader are changed under both locks, so either is enough to look at
 * them.
 */
struct SHARED process_threads {
	struct list_node list; /* [process_tree, process->lock] of user_thread.process_node */
	/* [process_tree, process->lock] its tid is the tgid; NULL: gone */
	struct user_thread *leader;
	u32 nr;	     /* [process_tree] in the list */
	u32 nr_live; /* [process->lock] that have not begun to exit */
};

/* The end of all its threads, or (exec) of all but one. Guarded by process->lock. */
struct SHARED process_exit {
	bool group_exiting; /* [process->lock] exit_group or a fatal signal has begun */
	int group_status;   /* [process->lock] as wait4 reports */
	struct user_thread *exec_thread; /* [process->lock] kills the others, then goes on alone */
	struct user_thread *kill_next;	 /* [process->lock] to be notified; signal_send.c: S2 */
};

/* getrlimit(2). Guarded by process->lock. */
struct SHARED process_limits {
	struct rlimit table[RLIM_NLIMITS]; /* [process->lock]; soft limits: also [a] */
	struct vfs_limits vfs;		   /* [a] copies that the VFS reads */
};

/* prctl(2), personality(2), /proc/PID. Single words, which are read and written without a lock. */
struct SHARED process_attributes {
	bool dumpable, child_subreaper, no_new_privileges; /* [a] */
	int oom_score_adjust;				   /* [a] -1000..1000 */
	u32 personality;				   /* [a] */
	int parent_death_signal;			   /* [a] prctl */
};
