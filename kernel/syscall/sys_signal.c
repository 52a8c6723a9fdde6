// SPDX-License-Identifier: MIT
/*
 * sys_signal.c -- calls on signals.
 *
 * Parts.  A call for each function of signal/. sigreturn is the only one here that replaces the
 *   whole frame; a frame that the program has spoilt ends in SIGSEGV.
 * Tests.  tests/guest/signal.
 */
#include "arch/arch_thread.h"
#include "proc/process.h"
#include "signal/signal_altstack.h"
#include "signal/signal_kill.h"
#include "signal/signal_mask.h"
#include "syscall/syscalls.h"
#include "vm/time_copy.h"
#include "vm/user_copy.h"

#define SIGSET_BYTES 8
#define ACTION_WORDS (sizeof(struct kernel_sigaction) / sizeof(u64))
#define ACTION_FLAGS                                                                               \
	((u32)(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER |   \
	       SA_RESETHAND | SA_RESTORER))

long sys_rt_sigaction(int sig, const struct kernel_sigaction __user *act,
		      struct kernel_sigaction __user *oldact, size_t sigsetsize)
{
	struct kernel_sigaction new, old;
	int err;

	if (sigsetsize != SIGSET_BYTES)
		return -EINVAL;
	if (act) {
		if (copy_words_from_user(&new, act, ACTION_WORDS))
			return -EFAULT;
		new.flags &= ACTION_FLAGS;
	}
	err = signal_set_action(sig, act ? &new : NULL, oldact ? &old : NULL);
	if (err || !oldact)
		return err;
	return copy_words_to_user(oldact, &old, ACTION_WORDS);
}

long sys_rt_sigprocmask(int how, const u64 __user *set, u64 __user *oldset, size_t sigsetsize)
{
	u64 old = current_user_thread()->signals.blocked, new;

	if (sigsetsize != SIGSET_BYTES)
		return -EINVAL;
	if (set) {
		if (get_user_u64(&new, set))
			return -EFAULT;
		switch (how) {
		case SIG_BLOCK:
			new |= old;
			break;
		case SIG_UNBLOCK:
			new = old & ~new;
			break;
		case SIG_SETMASK:
			break;
		default:
			return -EINVAL;
		}
		new &= ~SIGNALS_UNBLOCKABLE;
		if (new != old)
			signal_set_blocked(new);
	}
	return oldset ? put_user_u64(old, oldset) : 0;
}

long sys_rt_sigpending(u64 __user *set, size_t sigsetsize)
{
	u64 pending = signal_pending_blocked();

	if (sigsetsize > SIGSET_BYTES)
		return -EINVAL;
	return copy_to_user(set, &pending, sigsetsize);
}

long sys_pause(void)
{
	return signal_suspend(NULL, 0);
}

long sys_rt_sigsuspend(const u64 __user *set, size_t sigsetsize)
{
	if (sigsetsize != SIGSET_BYTES)
		return -EINVAL;
	return set ? signal_suspend(set, sigsetsize) : -EFAULT;
}

long sys_rt_sigtimedwait(const u64 __user *user_set, siginfo_t __user *user_info,
			 const struct __kernel_timespec __user *timeout, size_t sigsetsize)
{
	siginfo_t info = {0};
	u64 set, deadline_ns;
	int signal, err;

	if (sigsetsize != SIGSET_BYTES)
		return -EINVAL;
	if (get_user_u64(&set, user_set))
		return -EFAULT;
	err = copy_timeout_from_user(&deadline_ns, timeout);
	if (err)
		return err;
	signal = signal_wait(set, &info, deadline_ns);
	if (signal > 0 && user_info && copy_to_user(user_info, &info, sizeof(info)))
		return -EFAULT;
	return signal;
}

long sys_kill(pid_t pid, int sig)
{
	return signal_kill(pid, sig);
}

long sys_tkill(pid_t tid, int sig)
{
	return tid <= 0 ? -EINVAL : signal_kill_thread(0, tid, sig);
}

long sys_tgkill(pid_t tgid, pid_t tid, int sig)
{
	return tgid <= 0 || tid <= 0 ? -EINVAL : signal_kill_thread(tgid, tid, sig);
}

long sys_rt_sigqueueinfo(pid_t pid, int sig, struct siginfo __user *user_info)
{
	siginfo_t info;

	if (copy_from_user(&info, user_info, sizeof(info)))
		return -EFAULT;
	return signal_queue_info(pid, sig, &info);
}

long sys_sigaltstack(struct trap_frame *frame, const struct sigaltstack __user *ss,
		     struct sigaltstack __user *old_ss)
{
	stack_t new, old;
	int err = 0;

	signal_altstack_get(&old, frame_sp(frame));
	if (ss && copy_from_user(&new, ss, sizeof(new)))
		return -EFAULT;
	if (ss)
		err = signal_altstack_set(&new, frame_sp(frame));
	return err || !old_ss ? err : copy_to_user(old_ss, &old, sizeof(old));
}

/* Not SC_FRAME: the frame is replaced, so the caller's registers need not be saved in it first. */
long sys_rt_sigreturn(void)
{
	struct trap_frame *frame = arch_thread_user_frame(current_thread());
	stack_t altstack;
	u64 mask;

	if (arch_signal_frame_pop(frame, &mask, &altstack)) {
		signal_force_fault(SIGSEGV, SI_KERNEL, 0);
		return 0;
	}
	signal_set_blocked(mask);
	ignore_result(signal_altstack_set(&altstack, frame_sp(frame)),
		      "a bad one is left out, as on Linux");
	return frame_return(frame);
}
