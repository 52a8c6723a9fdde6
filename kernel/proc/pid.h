/* SPDX-License-Identifier: MIT */
/* Process numbers: one name space for threads, processes, groups and sessions; a number lives while anything bears it. */
#pragma once

#include "lib/hlist.h"
#include "lib/list.h"

struct process;
struct user_thread;

enum pid_use { PID_GROUP, PID_SESSION, PID_NR_USES };

struct SHARED pid {
	pid_t number;			  /* [I]                                  */
	u32 refs;			  /* [a]                                  */
	struct hlist_node hash_node;	  /* [process_tree]                       */
	struct user_thread *thread;	  /* [process_tree] NULL when it is gone  */
	struct process *process;	  /* [process_tree] whose tgid this is    */
	struct list_node members[PID_NR_USES]; /* [process_tree] of processes          */
};

int pid_alloc(struct pid **out) __must_check; /* 0, -EAGAIN (numbers), -ENOMEM */
void pid_get(struct pid *pid);
void pid_put(struct pid *pid);
/* Without a reference: hold process_tree. */
struct pid *pid_find(pid_t number);
void process_tree_lock(void);
void process_tree_unlock(void);
