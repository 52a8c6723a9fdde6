/* SPDX-License-Identifier: MIT */
/*
 * Process numbers: one name space for threads, processes, groups and sessions; a number is in use
 * while any of these has it.
 */
#pragma once

#include "lib/hlist.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "sched/epoch.h"
#include "sync/lock_annotations.h"
#include "sync/spinlock.h"

struct process;
struct tty;
struct user_thread;

#define PID_MAX 32768

enum pid_use { PID_GROUP, PID_SESSION, PID_NR_USES };

struct SHARED pid {
	pid_t number;		     /* [I]                                     */
	struct refcount refs;	     /* [a] 1 -> 0 under process_tree           */
	struct hlist_node hash_node; /* [process_tree] read in epochs           */
	struct user_thread *thread;  /* [process_tree] read in epochs; NULL when it is gone */
	struct process *process;     /* [process_tree] the same; with this tgid */
	struct epoch_item epoch;     /* [o] of the last reference               */
	struct list_node members[PID_NR_USES]; /* [process_tree]                           */
	struct tty *tty; /* [process_tree] a session's terminal, counted; see proc/session.h */
	u64 tty_round;	 /* [process_tree] goes up with each terminal that the session gets */
	struct list_node walks; /* [process_tree] session_for_each_member's */
};

void pid_init(void);
/* A new number with one reference. Returns: 0, -EAGAIN (numbers), -ENOMEM. */
int pid_alloc(struct pid **out) __must_check;
static inline void pid_get(struct pid *pid)
{
	refcount_get(&pid->refs);
}
/* Takes process_tree for the last reference; _locked: process_tree is held. */
void pid_put(struct pid *pid);
void pid_put_locked(struct pid *pid);
/* Without a reference: hold process_tree. */
struct pid *pid_find(pid_t number);
/* Or without the lock, in a read section of sched/epoch.h: the number may be ending. */
struct pid *pid_find_in_epoch(pid_t number);
/* What others find by the number from now on. Locks: process_tree held. */
static inline void pid_set_thread(struct pid *pid, struct user_thread *t)
{
	__atomic_store_n(&pid->thread, t, __ATOMIC_RELEASE); /* pairs with user_thread_find */
}
static inline void pid_set_process(struct pid *pid, struct process *process)
{
	__atomic_store_n(&pid->process, process, __ATOMIC_RELEASE); /* pairs with process_find */
}
/* The lowest number in use that is at least @from, or 0. Locks: process_tree held. */
pid_t pid_next(pid_t from);
/* The number allocated last (for /proc/loadavg). */
pid_t pid_last(void);

void process_tree_lock(void);
void process_tree_unlock(void);
void assert_process_tree_held(void);
