/* SPDX-License-Identifier: MIT */
/* tap_thread.h -- threads by the bare clone call, for tests of the kernel rather than of libc. */
#pragma once
#include <sys/types.h>

/* Calls clone with a fresh 64 KiB stack; the child runs fn(arg) and ends its thread with what that
 * returns. `tls` is used with CLONE_SETTLS only. Returns the tid, or a negative errno.
 * The function must not touch errno or thread-local data of the libc when it shares memory. */
long tap_clone(unsigned long flags, int (*fn)(void *), void *arg, int *parent_tid, int *child_tid,
	       void *tls);
/* A thread of this process (CLONE_THREAD and what belongs to it), joined by tap_thread_join(). */
struct tap_thread {
	int tid;
	void *stack;
};
long tap_thread_start(struct tap_thread *thread, int (*fn)(void *), void *arg);
void tap_thread_join(struct tap_thread *thread);
/*
 * A thread, or a process, with the memory and the stack of this one, neither of which it uses: it
 * makes one system call again and again (-1, 0, 0, 0: pause(), or wait for any child). The result
 * of clone.
 */
long tap_clone_sleeper(long flags, long call);
/* A system call that leaves errno alone. Returns the kernel's value. */
long tap_raw(long number, long a, long b, long c, long d, long e, long f);
