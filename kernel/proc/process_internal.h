/* SPDX-License-Identifier: MIT */
/* Interfaces between the files of this folder. */
#pragma once

#include "mm/slab.h"
#include "proc/process.h"
#include "ptimer/itimer.h"
#include "signal/signal_queue.h"
#include "time/clock.h"

/*
 * process.c: objects, all zero but for their own lists and locks; one reference. NULL: no memory.
 */
struct process *process_alloc(void);
struct user_thread *user_thread_alloc(const char *name);
/*
 * process.c: @t becomes a thread of @process with credentials @cred, and counts as a task of the
 * user and of the process's box. 0; -EAGAIN: one of them has as many as it may, or @user_limit.
 */
int user_thread_join(struct user_thread *t, struct process *process, const struct cred *cred,
		     u64 user_limit) __must_check;
/*
 * The current thread leaves its process, and is no task any more; the last one of a process remains
 * one until the process is reaped, when process_end_task() ends that. Locks: process_tree held.
 */
void user_thread_end_task(struct user_thread *t, bool is_last);
void process_end_task(struct process *process);
/*
 * cred_change.c: may the allocations of a process with @cred use root's reserve, if its real user
 * is root (page_alloc.c: P3)?
 */
bool cred_may_use_reserve(const struct cred *cred);
/*
 * exit.c: the current thread no longer uses its address space: wake its joiners and vfork's parent.
 */
void user_thread_leave_memory(struct user_thread *t);
/* usage.c: add @map's counts of faults to the process's. */
void usage_collect_map(struct process *process, const struct vm_map *map);
/*
 * signal_send.c: end the threads of @process (group_exiting), or all but its exec_thread: notify
 * some, which will notify others. Locks: process->lock.
 */
void process_kill_begin_locked(struct process *process);
/* Notify some more, if there are. Locks: process->lock. */
void process_kill_more_locked(struct process *process);
/*
 * signal_send.c: begin a stop, of which all threads are to be notified; notify some. True: there
 * are more, so release the lock for a moment and call again. Locks: process->lock.
 */
void process_stop_begin_locked(struct process *process);
bool process_stop_more_locked(struct process *process);
/* The thread behind @node in the list of threads, or NULL. Locks: process->lock. */
static inline struct user_thread *user_thread_after(const struct process *process,
						    const struct list_node *node)
{
	return node->next == &process->threads.list
		       ? NULL
		       : list_entry(node->next, struct user_thread, process_node);
}
/*
 * signal_send.c: @t leaves the list of threads; of those that are to end some more are notified.
 * Locks: process_tree, process->lock.
 */
void process_unlink_thread_locked(struct process *process, struct user_thread *t);
/* Is @t stopped? Locks: process->lock; without it (/proc) the answer may be out of date. */
static inline bool user_thread_is_stopped(const struct user_thread *t)
{
	return READ_ONCE(t->signals.stop_round) == READ_ONCE(t->thread.process->stop.round);
}

/*
 * Pages of objects (files, shared memory) that it maps now, whichever account is charged for them.
 * Takes process->lock only.
 */
u64 process_resident_file_pages(struct process *process);
