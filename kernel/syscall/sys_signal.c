// SPDX-License-Identifier: MIT
/* System calls: signals. */
#include "arch/arch_thread.h"
#include "lib/string.h"
#include "proc/cred_change.h"
#include "proc/process.h"
#include "proc/session.h"
#include "sched/sched.h"
#include "signal/signal_mask.h"
#include "signal/signal_queue.h"
#include "syscall/syscalls.h"
#include "vm/time_copy.h"
#include "time/clock.h"
#include "vfs/cred.h"
#include "vm/user_copy.h"

#define SIGSET_BYTES 8
#define ACTION_WORDS (sizeof(struct kernel_sigaction) / sizeof(u64))
#define ALTSTACK_MIN_BYTES 2048
#define ACTION_FLAGS                                                                               \
	((u32)(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER |   \
	       SA_RESETHAND | SA_RESTORER))

long sys_rt_sigaction(int sig, const void __user *act, void __user *oldact, size_t sigsetsize)
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

static void info_from_me(siginfo_t *info, int sig, int code)
{
	siginfo_clear(info);
	info->si_signo = sig;
	info->si_code = code;
	info->si_pid = current_user_thread()->thread.process_id;
	info->si_uid = cred_current()->uid;
}

/* Errors in Linux's order: no such process, no such signal, not permitted. */
static int send_checked(struct process *process, int sig, const siginfo_t *info)
{
	if (sig < 0 || sig > SIGNAL_MAX)
		return -EINVAL;
	if (!cred_may_signal(process, sig))
		return -EPERM;
	return sig ? signal_send_process(process, info) : 0;
}

static int send_to_one(pid_t pid, int sig, const siginfo_t *info)
{
	struct process *process;
	int err;

	if (pid == current_thread()->process_id && sig > 0 && sig <= SIGNAL_MAX)
		return signal_send_process(current_process(), info); /* always permitted */
	process = process_find(pid);
	if (!process)
		return -ESRCH;
	err = send_checked(process, sig, info);
	process_put(process);
	return err;
}

struct broadcast {
	const siginfo_t *info;
	int sig, result;
	bool found;
};

/* One success is enough: man 2 kill. */
static void send_one_of_group(struct process *process, void *data)
{
	struct broadcast *all = data;
	int err = send_checked(process, all->sig, all->info);

	if (all->result)
		all->result = err;
}

static int send_to_group(pid_t number, int sig, const siginfo_t *info)
{
	struct broadcast all = {.info = info, .sig = sig, .result = -ESRCH};
	struct pid *group;

	process_tree_lock();
	group = number ? pid_find(number) : current_process()->job.group;
	if (group)
		pid_get(group);
	process_tree_unlock();
	if (!group)
		return -ESRCH;
	session_for_each_member(group, send_one_of_group, &all);
	pid_put(group);
	return all.result;
}

static bool send_one_of_all(struct process *process, void *data)
{
	struct broadcast *all = data;
	int err;

	if (process == init_process || process == current_process())
		return true;
	err = send_checked(process, all->sig, all->info);
	all->found = true;
	if (err != -EPERM)
		all->result = err;
	return true;
}

/* As on Linux, it is no error if the sender may signal none of them. */
static int send_to_all(int sig, const siginfo_t *info)
{
	struct broadcast all = {.info = info, .sig = sig};

	process_for_each(send_one_of_all, &all);
	return all.found ? all.result : -ESRCH;
}

long sys_kill(pid_t pid, int sig)
{
	siginfo_t info;

	info_from_me(&info, sig, SI_USER);
	if (pid > 0)
		return send_to_one(pid, sig, &info);
	if (pid == -1)
		return send_to_all(sig, &info);
	if (pid == (pid_t)0x80000000)
		return -ESRCH;
	return send_to_group(-pid, sig, &info);
}

static int send_to_thread(pid_t tgid, pid_t tid, int sig, const siginfo_t *info)
{
	struct user_thread *me = current_user_thread(), *t = me;
	int err = 0;

	if (tid != me->thread.tid)
		t = user_thread_find(tid);
	if (!t)
		return -ESRCH;
	if (tgid > 0 && process_id(t->thread.process) != tgid)
		err = -ESRCH;
	else if (sig < 0 || sig > SIGNAL_MAX)
		err = -EINVAL;
	else if (!cred_may_signal(t->thread.process, sig))
		err = -EPERM;
	else if (sig)
		err = signal_send_thread(t, info);
	if (t != me)
		user_thread_put(t);
	return err;
}

long sys_tkill(pid_t tid, int sig)
{
	siginfo_t info;

	if (tid <= 0)
		return -EINVAL;
	info_from_me(&info, sig, SI_TKILL);
	return send_to_thread(0, tid, sig, &info);
}

long sys_tgkill(pid_t tgid, pid_t tid, int sig)
{
	siginfo_t info;

	if (tgid <= 0 || tid <= 0)
		return -EINVAL;
	info_from_me(&info, sig, SI_TKILL);
	return send_to_thread(tgid, tid, sig, &info);
}

long sys_rt_sigqueueinfo(pid_t pid, int sig, void __user *user_info)
{
	siginfo_t info;

	if (copy_from_user(&info, user_info, sizeof(info)))
		return -EFAULT;
	info.si_signo = sig;
	/* Only the process itself may use the codes of the kernel and of kill(2). */
	if ((info.si_code >= 0 || info.si_code == SI_TKILL) && pid != process_id(current_process()))
		return -EPERM;
	return pid > 0 ? send_to_one(pid, sig, &info) : -EINVAL;
}

static int set_altstack(struct user_thread *t, const stack_t *stack, u64 sp)
{
	u32 mode = (u32)stack->ss_flags & ~SS_AUTODISARM;

	if (signal_altstack_state(t, sp) & SS_ONSTACK)
		return -EPERM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		t->altstack.base = t->altstack.size = 0;
	} else {
		if (stack->ss_size < ALTSTACK_MIN_BYTES)
			return -ENOMEM;
		t->altstack.base = (u64)stack->ss_sp;
		t->altstack.size = stack->ss_size;
	}
	t->altstack.flags = (u32)stack->ss_flags;
	return 0;
}

long sys_sigaltstack(struct trap_frame *frame, const void __user *ss, void __user *old_ss)
{
	struct user_thread *t = current_user_thread();
	stack_t new, old;
	int err = 0;

	memset(&old, 0, sizeof(old));
	old.ss_sp = (void *)t->altstack.base;
	old.ss_size = t->altstack.size;
	old.ss_flags = (int)signal_altstack_state(t, frame_sp(frame));
	if (ss && copy_from_user(&new, ss, sizeof(new)))
		return -EFAULT;
	if (ss)
		err = set_altstack(t, &new, frame_sp(frame));
	if (err || !old_ss)
		return err;
	return copy_to_user(old_ss, &old, sizeof(old));
}

/* Not SC_FRAME: the frame is replaced, so the caller's registers need not be saved in it first. */
long sys_rt_sigreturn(void)
{
	struct user_thread *t = current_user_thread();
	struct trap_frame *frame = arch_thread_user_frame(current_thread());
	stack_t altstack;
	u64 mask;

	if (arch_signal_frame_pop(frame, &mask, &altstack)) {
		signal_force_fault(SIGSEGV, SI_KERNEL, 0);
		return 0;
	}
	signal_set_blocked(mask);
	ignore_result(set_altstack(t, &altstack, frame_sp(frame)),
		      "a bad one is left out, as on Linux");
	return frame_return(frame);
}
