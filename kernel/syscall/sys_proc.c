// SPDX-License-Identifier: MIT
/*
 * sys_proc.c -- calls that create, end and await processes; their numbers, limits and resource use.
 *
 * Parts.  A call for each function of proc/. The forms of clone become one struct clone_request,
 *   those of wait one struct wait_request. Results go to the program after the work is done: where
 *   they cannot be written, -EFAULT is the result of a call that has had its effect, as on Linux.
 * Tests.  tests/guest/process.
 */
#include "arch/arch_thread.h"
#include "proc/exit.h"
#include "proc/fork.h"
#include "proc/rlimit.h"
#include "proc/session.h"
#include "proc/usage.h"
#include "syscall/syscalls.h"
#include "time/clock.h"
#include "vm/user_copy.h"

#include <linux/sched.h>
#include <linux/times.h>
#include <linux/wait.h>

#define TICK_NS (NS_PER_SECOND / 100) /* of times(2) */

long sys_clone(struct trap_frame *frame, unsigned long flags, u64 stack, int __user *parent_tid,
	       int __user *child_tid, u64 tls)
{
	struct clone_request request = {
		.flags = (u32)flags & ~(u32)CSIGNAL,
		.exit_signal = (int)(flags & CSIGNAL),
		.stack_pointer = stack,
		.tls = tls,
		.parent_tid = parent_tid,
		.child_tid = child_tid,
	};

	return process_clone(frame, &request);
}

long sys_fork(struct trap_frame *frame)
{
	struct clone_request request = {.exit_signal = SIGCHLD};

	return process_clone(frame, &request);
}

long sys_vfork(struct trap_frame *frame)
{
	struct clone_request request = {.flags = CLONE_VFORK | CLONE_VM, .exit_signal = SIGCHLD};

	return process_clone(frame, &request);
}

long sys_clone3(struct trap_frame *frame, struct clone_args __user *user_args, size_t size)
{
	struct clone_args args;
	struct clone_request request;
	int err;

	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	err = copy_struct_from_user(&args, sizeof(args), user_args, size);
	if (err)
		return err;
	if ((args.flags & (CSIGNAL | CLONE_DETACHED)) || args.exit_signal > SIGNAL_MAX ||
	    args.flags >> 34 || args.set_tid || args.set_tid_size || args.cgroup ||
	    !args.stack != !args.stack_size)
		return -EINVAL;
	if ((args.flags & (CLONE_THREAD | CLONE_PARENT)) && args.exit_signal)
		return -EINVAL;
	if (args.stack && !user_range_ok((void __user *)args.stack, args.stack_size))
		return -EINVAL;
	request = (struct clone_request){
		.flags = args.flags,
		.exit_signal = (int)args.exit_signal,
		.stack_pointer = args.stack ? args.stack + args.stack_size : 0,
		.tls = args.tls,
		.parent_tid = (int __user *)args.parent_tid,
		.child_tid = (int __user *)args.child_tid,
	};
	return process_clone(frame, &request);
}

long sys_exit(int status)
{
	thread_exit_user((status & 0xff) << 8);
}

long sys_exit_group(int status)
{
	process_exit_group((status & 0xff) << 8);
}

static int put_rusage(struct rusage __user *to, const struct process_usage *usage)
{
	struct rusage rusage;

	process_usage_to_rusage(usage, &rusage);
	return copy_to_user(to, &rusage, sizeof(rusage));
}

long sys_wait4(pid_t pid, int __user *status, int options, struct rusage __user *usage)
{
	struct wait_request request = {.which = P_PID, .id = pid, .options = options | WEXITED};
	pid_t result;

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL))
		return -EINVAL;
	if (pid == (pid_t)0x80000000)
		return -ESRCH;
	if (pid == -1) {
		request.which = P_ALL;
	} else if (pid <= 0) {
		request.which = P_PGID;
		request.id = pid ? -pid : session_group_of(0);
	}
	result = process_wait(&request);
	if (result <= 0)
		return result;
	if (status && put_user_u32((u32)request.status, (u32 __user *)status))
		return -EFAULT;
	if (usage && put_rusage(usage, &request.usage))
		return -EFAULT;
	return result;
}

/* waitid writes six fields and leaves the rest of the structure unchanged. */
static int put_wait_info(siginfo_t __user *to, const struct wait_request *request, bool found)
{
	siginfo_t info;

	if (copy_from_user(&info, to, sizeof(info)))
		return -EFAULT;
	info.si_signo = found ? SIGCHLD : 0;
	info.si_errno = 0;
	info.si_code = found ? request->code : 0;
	info.si_pid = found ? request->pid : 0;
	info.si_uid = found ? request->uid : 0;
	info.si_status = found ? request->value : 0;
	return copy_to_user(to, &info, sizeof(info));
}

long sys_waitid(int which, pid_t id, struct siginfo __user *info, int options,
		struct rusage __user *usage)
{
	struct wait_request request = {.which = which, .id = id, .options = options};
	pid_t result;

	if ((options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD |
			 __WCLONE | __WALL)) ||
	    !(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	if ((which == P_PID && id <= 0) || ((which == P_PGID || which == P_PIDFD) && id < 0))
		return -EINVAL;
	if (which == P_PIDFD)
		return -EBADF; /* there are no process descriptors */
	if (which != P_ALL && which != P_PID && which != P_PGID)
		return -EINVAL;
	if (which == P_PGID && !id)
		request.id = session_group_of(0);
	result = process_wait(&request);
	if (result < 0)
		return result;
	if (result > 0 && usage && put_rusage(usage, &request.usage))
		return -EFAULT;
	return info ? put_wait_info(info, &request, result > 0) : 0;
}

long sys_getpid(void)
{
	return current_user_thread()->thread.process_id;
}

long sys_gettid(void)
{
	return current_thread()->tid;
}

long sys_getppid(void)
{
	return READ_ONCE(current_process()->tree.parent_id);
}

long sys_set_tid_address(int __user *tidptr)
{
	current_user_thread()->clear_child_tid = tidptr;
	return current_thread()->tid;
}

long sys_setpgid(pid_t pid, pid_t pgid)
{
	return session_set_group(pid, pgid);
}

long sys_getpgrp(void)
{
	return session_group_of(0);
}

long sys_getpgid(pid_t pid)
{
	return pid < 0 ? -ESRCH : session_group_of(pid);
}

long sys_setsid(void)
{
	return session_create();
}

long sys_getsid(pid_t pid)
{
	return pid < 0 ? -ESRCH : session_of(pid);
}

long sys_arch_prctl(int code, u64 address)
{
	return arch_prctl(code, address);
}

long sys_getrlimit(unsigned resource, struct rlimit __user *limit)
{
	struct rlimit value;
	int err = rlimit_change(current_process(), resource, NULL, &value);

	return err ? err : copy_to_user(limit, &value, sizeof(value));
}

long sys_setrlimit(unsigned resource, const struct rlimit __user *limit)
{
	struct rlimit value;

	if (copy_from_user(&value, limit, sizeof(value)))
		return -EFAULT;
	return rlimit_change(current_process(), resource, &value, NULL);
}

long sys_prlimit64(pid_t pid, unsigned resource, const struct rlimit __user *new_limit,
		   struct rlimit __user *old_limit)
{
	struct rlimit new, old;
	int err;

	if (new_limit && copy_from_user(&new, new_limit, sizeof(new)))
		return -EFAULT;
	err = rlimit_change_of(pid, resource, new_limit ? &new : NULL, &old);
	return err || !old_limit ? err : copy_to_user(old_limit, &old, sizeof(old));
}

long sys_getrusage(int who, struct rusage __user *to)
{
	struct process_usage usage;

	switch (who) {
	case RUSAGE_SELF:
		process_usage_get(current_process(), &usage);
		break;
	case RUSAGE_CHILDREN:
		process_children_usage_get(current_process(), &usage);
		break;
	case RUSAGE_THREAD:
		user_thread_usage_get(current_user_thread(), &usage);
		break;
	default:
		return -EINVAL;
	}
	return put_rusage(to, &usage);
}

long sys_times(struct tms __user *buf)
{
	struct process_usage self, children;
	struct tms tms;

	if (buf) {
		process_usage_get(current_process(), &self);
		process_children_usage_get(current_process(), &children);
		tms.tms_utime = (long)(self.user_ns / TICK_NS);
		tms.tms_stime = (long)(self.system_ns / TICK_NS);
		tms.tms_cutime = (long)(children.user_ns / TICK_NS);
		tms.tms_cstime = (long)(children.system_ns / TICK_NS);
		if (copy_to_user(buf, &tms, sizeof(tms)))
			return -EFAULT;
	}
	return (long)(clock_monotonic_ns() / TICK_NS);
}
