// SPDX-License-Identifier: MIT
/* sys_poll.c -- poll, ppoll, select, pselect6. ipc/poll.c does the waiting. */
#include "ipc/poll.h"
#include "signal/signal_mask.h"
#include "syscall/syscalls.h"
#include "vm/time_copy.h"
#include "vm/user_copy.h"

long sys_poll(struct pollfd __user *fds, unsigned nfds, int timeout_ms)
{
	return poll_files(fds, nfds, deadline_after_ms(timeout_ms));
}

long sys_ppoll(struct pollfd __user *fds, unsigned nfds, struct __kernel_timespec __user *timeout,
	       const u64 __user *sigmask, size_t sigsetsize)
{
	u64 deadline;
	long result = copy_timeout_from_user(&deadline, timeout);

	if (!result)
		result = signal_mask_begin(sigmask, sigsetsize);
	if (result)
		return result;
	result = poll_files(fds, nfds, deadline);
	signal_mask_end(sigmask, result);
	if (timeout)
		ignore_result(copy_timespec_to_user(timeout, deadline_left(deadline)),
			      "it may be in read-only memory");
	return result;
}

long sys_select(int n, u64 __user *in, u64 __user *out, u64 __user *ex,
		struct __kernel_old_timeval __user *timeout)
{
	struct select_user user = {{in, out, ex}};
	u64 deadline;
	long result = copy_select_timeout_from_user(&deadline, timeout);

	if (result)
		return result;
	result = select_files(n, &user, deadline);
	if (timeout)
		ignore_result(copy_timeval_to_user(timeout, deadline_left(deadline)),
			      "it may be in read-only memory");
	return result;
}

long sys_pselect6(int n, u64 __user *in, u64 __user *out, u64 __user *ex,
		  struct __kernel_timespec __user *timeout, const void __user *sigmask)
{
	struct {
		const u64 __user *set;
		size_t size;
	} mask = {NULL, 0};
	struct select_user user = {{in, out, ex}};
	u64 deadline;
	long result;

	if (sigmask && copy_from_user(&mask, sigmask, sizeof(mask)))
		return -EFAULT;
	result = copy_timeout_from_user(&deadline, timeout);
	if (!result)
		result = signal_mask_begin(mask.set, mask.size);
	if (result)
		return result;
	result = select_files(n, &user, deadline);
	signal_mask_end(mask.set, result);
	if (timeout)
		ignore_result(copy_timespec_to_user(timeout, deadline_left(deadline)),
			      "it may be in read-only memory");
	return result;
}
