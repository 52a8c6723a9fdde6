// SPDX-License-Identifier: MIT
/* System calls: futexes and robust lists. */
#include "core/errno.h"
#include "proc/futex.h"
#include "proc/process.h"
#include "sched/sched.h"
#include "syscall/syscalls.h"
#include "syscall/time_copy.h"
#include "time/clock.h"
#include "vm/user_copy.h"

#include <linux/futex.h>

/* A wait with a timeout that a signal interrupted continues with the same deadline. */
static long restart_wait(struct user_thread *t)
{
	int err = futex_wait(t->restart.futex, t->restart.value, t->restart.bitset,
			     t->restart.flags, t->restart.deadline_ns);

	return err == -ERESTARTSYS ? -ERESTART_RESTARTBLOCK : err;
}

static long wait(u32 __user *address, u32 value, u32 bitset, u32 flags, u64 deadline_ns)
{
	struct user_thread *t = current_user_thread();
	long err = futex_wait(address, value, bitset, flags, deadline_ns);

	if (err != -ERESTARTSYS || deadline_ns == DEADLINE_NEVER)
		return err;
	t->restart.call = restart_wait;
	t->restart.futex = address;
	t->restart.value = value;
	t->restart.bitset = bitset;
	t->restart.flags = flags;
	t->restart.deadline_ns = deadline_ns;
	return -ERESTART_RESTARTBLOCK;
}

/*
 * FUTEX_WAIT's timeout is a duration, FUTEX_WAIT_BITSET's a time on the clock that the flag names.
 */
static __noinline long wait_until(u32 __user *address, u32 value, u32 bitset, u32 flags,
				  const void __user *timeout, int command)
{
	u64 ns, offset, now = clock_monotonic_ns();
	int err = timespec_get(timeout, &ns);

	if (err)
		return err;
	offset = flags & FUTEX_REAL_CLOCK ? clock_real_offset_ns() : 0;
	if (command == FUTEX_WAIT)
		return wait(address, value, bitset, flags, timespec_add(now, ns));
	return wait(address, value, bitset, flags, ns > offset ? ns - offset : 0);
}

/* As on Linux a wake-up counts after it has woken one: none, or a negative number, is one. */
static u32 nr_to_wake(u32 value)
{
	return (s32)value < 1 ? 1 : value;
}

long sys_futex(u32 __user *uaddr, int op, u32 val, const void __user *timeout, u32 __user *uaddr2,
	       u32 val3)
{
	u32 flags = (op & FUTEX_PRIVATE_FLAG ? 0 : FUTEX_SHARED_FLAG) |
		    (op & FUTEX_CLOCK_REALTIME ? FUTEX_REAL_CLOCK : 0);
	u32 val2 = (u32)(u64)timeout; /* the calls without a timeout pass a number there */
	int command = op & FUTEX_CMD_MASK;

	if ((flags & FUTEX_REAL_CLOCK) && command != FUTEX_WAIT_BITSET && command != FUTEX_WAIT)
		return -ENOSYS;
	switch (command) {
	case FUTEX_WAIT:
		val3 = FUTEX_BITSET_MATCH_ANY;
		__attribute__((fallthrough));
	case FUTEX_WAIT_BITSET:
		if (timeout)
			return wait_until(uaddr, val, val3, flags, timeout, command);
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

long sys_set_robust_list(void __user *head, size_t len)
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
