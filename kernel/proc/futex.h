/* SPDX-License-Identifier: MIT */
/* Futexes: sleep while a user word has a value; wake sleepers of a word. futex(2). */
#pragma once

#include "lib/compiler.h"

struct user_thread;

#define FUTEX_SHARED_FLAG 1U /* the word may lie in shared memory */

void futex_init(void);
/*
 * 0, -EAGAIN (the value differs), -ETIMEDOUT, -EFAULT, -EINVAL; after a signal an -ERESTART value.
 * Deadline on the monotonic clock.
 */
int futex_wait(u32 __user *address, u32 value, u32 bitset, u32 flags, u64 deadline_ns) __must_check;
/* Wake at most @count sleepers that share a bit with @bitset: how many, or an error. */
long futex_wake(u32 __user *address, u32 count, u32 bitset, u32 flags);
/*
 * Wake @nr_wake of @from, move @nr_move others to @to; with @expected set only if the word still
 * has that value. The sum of both, or an error.
 */
long futex_requeue(u32 __user *from, u32 __user *to, u32 nr_wake, u32 nr_move, const u32 *expected,
		   u32 flags);
/*
 * Change the second word as @op says, wake sleepers of the first, and of the second if its old
 * value compares.
 */
long futex_wake_op(u32 __user *first, u32 __user *second, u32 nr_first, u32 nr_second, u32 op,
		   u32 flags);
/* The thread ends: mark and wake the robust mutexes that it holds. */
void futex_exit_robust(struct user_thread *t);
