/* SPDX-License-Identifier: MIT */
/* clone(2) and its relatives; the first process. */
#pragma once

#include "proc/process.h"

struct clone_request {
	u64 flags; /* CLONE_* without the exit signal */
	int exit_signal;
	u64 stack_pointer; /* 0: the parent's */
	u64 tls;
	int __user *parent_tid;
	int __user *child_tid;
};
/*
 * Make a thread or process that returns from @frame's call with 0.
 * Context: task of a program; may sleep. With CLONE_VFORK returns only when the child has called
 *   exec or ended.
 * Returns: the child's pid (tid for threads), -EINVAL, -EAGAIN (limits), -ENOMEM, -EPERM,
 *   -ERESTARTNOINTR.
 */
pid_t process_clone(struct trap_frame *frame, const struct clone_request *request);

/*
 * Make PID 1 and let it run @path. Boot, from a kernel thread that may sleep; may be called again
 * with another path when it failed. Standard descriptors are /dev/console. Returns 0 when the
 * program runs, or why execve failed.
 */
int process_start_init(const char *path, const char *const *argv, const char *const *envp)
	__must_check;

/* What a parent in vfork waits for; on its stack. */
struct process_vfork {
	struct thread *parent;
	bool done;
};
/* The current thread no longer needs its parent's memory: exec's and exit's. */
void process_vfork_done(struct user_thread *t);
/* Give the current thread a table of descriptors of its own. 0, -ENOMEM. */
int thread_unshare_files(void) __must_check;
