/* SPDX-License-Identifier: MIT */
/* The ends of threads and processes, and waiting for them. */
#pragma once

#include "proc/process.h"

/* End the current thread; @status as wait4 reports it: (code << 8), or a signal's number. */
_Noreturn void thread_exit_user(int status);
/* End its whole process. */
_Noreturn void process_exit_group(int status);
/* Begin to end @process: none of its threads returns to user mode. Locks: process->lock held. */
void process_kill_locked(struct process *process, int status);
/*
 * exec: end all other threads and take over the leader's number. 0, -EAGAIN (another thread was
 * first).
 */
int process_become_single(void) __must_check;
/*
 * Reap a zombie. The tree's reference becomes the caller's. Locks: process_tree held.
 */
void process_release_zombie(struct process *process);
/*
 * Notify the parent of a stop (CLD_STOPPED) or continuation (CLD_CONTINUED) of @process. No locks
 * held.
 */
void process_notify_parent_stop(struct process *process, int code);

/* What wait4 and waitid ask for and get. */
struct wait_request {
	int which; /* P_ALL, P_PID, P_PGID */
	pid_t id;
	int options; /* W* */
	/* results */
	pid_t pid;
	uid_t uid;
	int status; /* as wait4 gives it       */
	int code;   /* CLD_*                   */
	int value;  /* si_status               */
	struct process_usage usage;
};
/* Wait for a child. The pid; 0 (WNOHANG, no child has news), -ECHILD, -ERESTARTSYS. */
pid_t process_wait(struct wait_request *request);
