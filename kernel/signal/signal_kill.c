// SPDX-License-Identifier: MIT
/* signal_kill.c -- signals from programs: to whom, and may they? */
#include "signal/signal_kill.h"

#include "proc/cred_change.h"
#include "proc/process.h"
#include "proc/session.h"
#include "vfs/cred.h"

static void info_from_me(siginfo_t *info, int sig, int code)
{
	siginfo_clear(info);
	info->si_signo = sig;
	info->si_code = code;
	info->si_pid = current_thread()->process_id;
	info->si_uid = cred_current()->uid;
}

/* Send to @thread, or if that is NULL to @process. Errors in Linux's order. */
static int send_checked(struct process *process, struct user_thread *thread, int sig,
			const siginfo_t *info)
{
	if (sig < 0 || sig > SIGNAL_MAX)
		return -EINVAL;
	if (!cred_may_signal(process, sig))
		return -EPERM;
	if (!sig)
		return 0;
	return thread ? signal_send_thread(thread, info) : signal_send_process(process, info);
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
	err = send_checked(process, NULL, sig, info);
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
	int err = send_checked(process, NULL, all->sig, all->info);

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
	err = send_checked(process, NULL, all->sig, all->info);
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

int signal_kill(pid_t pid, int sig)
{
	siginfo_t info;

	info_from_me(&info, sig, SI_USER);
	if (pid > 0)
		return send_to_one(pid, sig, &info);
	if (pid == -1)
		return send_to_all(sig, &info);
	if (pid == INT32_MIN) /* no group has its negative number */
		return -ESRCH;
	return send_to_group(-pid, sig, &info);
}

int signal_kill_thread(pid_t tgid, pid_t tid, int sig)
{
	struct user_thread *me = current_user_thread(), *t = me;
	siginfo_t info;
	int err;

	if (tid != me->thread.tid)
		t = user_thread_find(tid);
	if (!t)
		return -ESRCH;
	info_from_me(&info, sig, SI_TKILL);
	err = tgid && t->thread.process_id != tgid ? -ESRCH
						   : send_checked(t->thread.process, t, sig, &info);
	if (t != me)
		user_thread_put(t);
	return err;
}

int signal_queue_info(pid_t pid, int sig, siginfo_t *info)
{
	info->si_signo = sig;
	/* Only the process itself may use the codes of the kernel and of kill(2). */
	if ((info->si_code >= 0 || info->si_code == SI_TKILL) &&
	    pid != current_thread()->process_id)
		return -EPERM;
	return pid > 0 ? send_to_one(pid, sig, info) : -EINVAL;
}
