/* SPDX-License-Identifier: MIT */
/* The mask of the current thread: the signals that wait because it blocks them. */
#pragma once

#include "proc/process.h"

/* Change the mask; SIGKILL and SIGSTOP stay out of it. */
void signal_set_blocked(u64 mask);
/* The same. Locks: the process's lock held. */
void signal_set_blocked_locked(struct user_thread *t, u64 mask);
/* Signals pending and blocked. */
u64 signal_pending_blocked(void);

/*
 * For calls that sleep under the mask at @set (pselect; NULL: the thread's own): 0, and the old
 * mask is due again, -EINVAL for a wrong @size, -EFAULT.
 */
int signal_mask_begin(const u64 __user *set, size_t size) __must_check;
/*
 * The sleep returned @result: the old mask is back, unless a signal ended it (-EINTR,
 * -ERESTARTNOHAND). Then delivery restores it, after it has chosen the handler.
 */
void signal_mask_end(const u64 __user *set, long result);
/* Restore the mask of @t, the current thread, if that is due. */
void signal_restore_blocked(struct user_thread *t);
/* sigsuspend(2) with the mask at @set, pause(2) with NULL: -ERESTARTNOHAND, -EINVAL, -EFAULT. */
int signal_suspend(const u64 __user *set, size_t size) __must_check;
