// SPDX-License-Identifier: MIT
/* System calls: futexes and robust lists. */
#include "core/errno.h"
#include "proc/futex.h"
#include "proc/process.h"
#include "ptimer/posix_timer.h"
#include "syscall/syscalls.h"
#include "vm/time_copy.h"
#include "vm/user_copy.h"

#include <linux/futex.h>
#include <linux/time.h>

/* FUTEX_WAIT's timeout is a duration, FUTEX_WAIT_BITSET's a time on the clock that @op names. */
static __noinline long wait_timed(u32 __user *uaddr, u32 value, u32 bitset, u32 flags,
				  const struct __kernel_timespec __user *timeout, int op)
{
	u64 ns, deadline;
	int err = copy_timespec_from_user(&ns, timeout);

	if (err)
		return err;
	if ((op & FUTEX_CMD_MASK) == FUTEX_WAIT)
		deadline = deadline_after(ns);
	else
		err = clock_id_deadline(op & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME
								  : CLOCK_MONOTONIC,
					ns, &deadline);
	return err ? err : futex_wait(uaddr, value, bitset, flags, deadline);
}

/* As on Linux a wake-up counts after it has woken one: none, or a negative number, is one. */
static u32 nr_to_wake(u32 value)
{
	return (s32)value < 1 ? 1 : value;
}

long sys_futex(u32 __user *uaddr, int op, u32 val, const struct __kernel_timespec __user *timeout,
	       u32 __user *uaddr2, u32 val3)
{
	u32 flags = op & FUTEX_PRIVATE_FLAG ? 0 : FUTEX_SHARED_FLAG;
	u32 val2 = (u32)(u64)timeout; /* the calls without a timeout pass a number there */
	int command = op & FUTEX_CMD_MASK;

	if ((op & FUTEX_CLOCK_REALTIME) && command != FUTEX_WAIT_BITSET && command != FUTEX_WAIT)
		return -ENOSYS;
	switch (command) {
	case FUTEX_WAIT:
		val3 = FUTEX_BITSET_MATCH_ANY;
		__attribute__((fallthrough));
	case FUTEX_WAIT_BITSET:
		if (timeout)
			return wait_timed(uaddr, val, val3, flags, timeout, op);
		return futex_wait(uaddr, val, val3, flags, DEADLINE_NEVER);
	case FUTEX_WAKE:
		val3 = FUTEX_BITSET_MATCH_ANY;
		__attribute__((fallthrough));
	case FUTEX_WAKE_BITSET:
		return futex_wake(uaddr, nr_to_wake(val), val3, flags);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		if ((s32)val < 0 || (s32)val2 < 0)
			return -EINVAL;
		return futex_requeue(uaddr, uaddr2, val, val2,
				     command == FUTEX_CMP_REQUEUE ? &val3 : NULL, flags);
	case FUTEX_WAKE_OP:
		return futex_wake_op(uaddr, uaddr2, nr_to_wake(val), nr_to_wake(val2), val3, flags);
	default:
		return -ENOSYS;
	}
}

long sys_set_robust_list(struct robust_list_head __user *head, size_t len)
{
	if (len != sizeof(struct robust_list_head))
		return -EINVAL;
	current_user_thread()->robust_list = head;
	return 0;
}

long sys_get_robust_list(pid_t pid, u64 __user *head, size_t __user *len)
{
	struct user_thread *t = pid ? user_thread_find(pid) : current_user_thread();
	u64 value;

	if (!t)
		return -ESRCH;
	value = (u64)t->robust_list;
	if (pid) {
		bool may = process_may_access(t->thread.process);

		user_thread_put(t);
		if (!may)
			return -EPERM;
	}
	if (put_user_u64(sizeof(struct robust_list_head), (u64 __user *)len))
		return -EFAULT;
	return put_user_u64(value, head);
}
