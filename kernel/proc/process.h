/* SPDX-License-Identifier: MIT */
/* A process: what its threads share, and its place among the other processes. */
#pragma once

#include "proc/process_parts.h"
#include "proc/user_thread.h"
#include "ptimer/process_timers.h"
#include "vm/vm_map.h"

struct account;
struct fdtable;

/*
 * The parts say what guards them: process_parts.h, signal/signal_state.h, ptimer/process_timers.h,
 * process_usage.h.
 */
struct SHARED process {
	struct spinlock lock;	  /* class signal */
	struct refcount refs;	  /* [a] the tree's, its threads', users' */
	struct epoch_item epoch;  /* [o] of the last reference */
	struct pid *pid;	  /* [I] its number: the tgid */
	struct account *account;  /* [I] referenced: what its threads cause is charged there */
	const struct cred *cred;  /* [lock] referenced: the leader's (process.c: P3) */
	u64 start_ns;		  /* [I] monotonic */
	bool borrows_memory;	  /* [o] its address space is its maker's (CLONE_VM) */
	char executable_name[16]; /* [lock] basename of the last exec */

	struct process_tree_links tree;	      /* [process_tree] */
	struct process_job job;		      /* [process_tree] */
	struct process_threads threads;	      /* [process_tree, lock] */
	struct process_exit exit;	      /* [lock] */
	struct process_signals signals;	      /* [lock] */
	struct process_stop stop;	      /* [lock] */
	struct process_timers timers;	      /* [lock] */
	struct process_limits limits;	      /* [lock] */
	struct process_counts usage;	      /* [a] */
	struct process_attributes attributes; /* [a] */
};

static __always_inline pid_t process_id(const struct process *process)
{
	return process->pid->number;
}
/* Locks: process_tree held, or @process is not published yet. */
static inline void process_set_parent(struct process *process, struct process *parent)
{
	process->tree.parent = parent;
	WRITE_ONCE(process->tree.parent_id, parent ? process_id(parent) : 0);
}

/* Caches and tables. Boot, after vfs_init. */
void process_init(void);
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
/* The basename of its last exec. */
void process_name_get(struct process *process, char name[THREAD_NAME_SIZE]);
/* Its real user id now. */
uid_t process_uid(struct process *process);
/*
 * May the current thread look into @process? By ids, capabilities and dumpability: ptrace(2),
 * PTRACE_MODE_READ_FSCREDS.
 */
bool process_may_access(struct process *process);
/*
 * For fail_alloc.h: not those of kernel threads, of init and its children (a run that does not
 * begin shows nothing), of processes that are never ended for memory (oom_score_adj -1000).
 */
bool process_allocations_may_fail(void);
/* Are the rights of @process no more than those of @cred, or could @cred look into any? */
bool process_matches_cred(struct process *process, const struct cred *cred);
extern struct process *init_process; /* [I] PID 1; NULL before it is made */
