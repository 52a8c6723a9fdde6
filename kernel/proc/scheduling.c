// SPDX-License-Identifier: MIT
/* scheduling.c -- which thread may change how another one is scheduled, and to what. */
#include "proc/scheduling.h"

#include "arch/arch_cpu.h"
#include "core/errno.h"
#include "proc/process.h"
#include "proc/rlimit.h"
#include "proc/session.h"
#include "sched/sched.h"
#include "vfs/cred.h"

#include <linux/resource.h>
#include <linux/sched.h>

/* Referenced; NULL when there is none. */
static struct user_thread *find(pid_t tid)
{
	struct user_thread *t = current_user_thread();

	if (tid)
		return user_thread_find(tid);
	user_thread_get(t);
	return t;
}

static u64 cpus_up(void)
{
	return ~0UL >> (64 - arch_smp_nr_cpus());
}

static bool may_change(struct user_thread *t)
{
	const struct cred *mine = cred_current(), *theirs = process_get_cred(t->thread.process);
	bool same = mine->euid == theirs->uid || mine->euid == theirs->euid;

	cred_put(theirs);
	return same || capable(CAP_SYS_NICE);
}

int scheduling_get(pid_t tid, struct scheduling *out)
{
	struct user_thread *t = find(tid);

	if (!t)
		return -ESRCH;
	out->policy = READ_ONCE(t->thread.linux_policy);
	out->reset_on_fork = READ_ONCE(t->thread.reset_on_fork);
	out->priority = READ_ONCE(t->thread.rt_priority);
	out->nice = READ_ONCE(t->thread.nice);
	out->affinity = READ_ONCE(t->thread.affinity) & cpus_up();
	user_thread_put(t);
	return 0;
}

int scheduling_set_policy(pid_t tid, u32 policy, u32 priority)
{
	struct user_thread *t = find(tid);
	bool privileged = capable(CAP_SYS_NICE);
	int err;

	if (!t)
		return -ESRCH;
	err = sched_check_policy(policy, priority);
	if (!err && !may_change(t))
		err = -EPERM;
	if (!err && !privileged && priority > rlimit_soft(t->thread.process, RLIMIT_RTPRIO))
		err = -EPERM;
	if (!err)
		err = sched_set_policy(&t->thread, policy, priority, privileged);
	user_thread_put(t);
	return err;
}

static int change_nice(struct user_thread *t, int nice)
{
	/* RLIMIT_NICE 20 - n allows nice n: man 2 getrlimit. */
	if (!may_change(t))
		return -EPERM;
	if (nice < READ_ONCE(t->thread.nice) && !capable(CAP_SYS_NICE) &&
	    (u64)(20 - nice) > rlimit_soft(t->thread.process, RLIMIT_NICE))
		return -EACCES;
	return sched_set_nice(&t->thread, nice);
}

int scheduling_set_nice(pid_t tid, int nice)
{
	struct user_thread *t = find(tid);
	int err;

	if (!t)
		return -ESRCH;
	err = change_nice(t, nice);
	user_thread_put(t);
	return err;
}

int scheduling_set_affinity(pid_t tid, u64 mask)
{
	struct user_thread *t = find(tid);
	int err;

	if (!t)
		return -ESRCH;
	if (!may_change(t))
		err = -EPERM;
	else if (!(mask & cpus_up()))
		err = -EINVAL;
	else
		err = sched_set_affinity(&t->thread, mask & cpus_up());
	user_thread_put(t);
	return err;
}

/* ---- processes, groups and users ---- */

static void visit_thread(struct nice_request *request, struct user_thread *t)
{
	long result;

	if (request->set) {
		result = change_nice(t, request->value);
		if (!request->found || result)
			request->result = result;
	} else {
		result = 20 - READ_ONCE(t->thread.nice);
		request->result = max(request->result, result);
	}
	request->found = true;
}

/* A killed thread stops the walk: there may be many processes and threads. */
static bool is_killed(void)
{
	return thread_kill_pending(current_thread());
}

static bool visit_process(struct process *process, void *data)
{
	struct nice_request *request = data;
	struct user_thread *t;
	bool matches = request->which == PRIO_PGRP ? session_group_number(process) == request->who
						   : process_uid(process) == (uid_t)request->who;
	pid_t tid = 0;

	while (matches && !is_killed() && (t = process_next_thread(process, tid + 1))) {
		tid = t->thread.tid;
		visit_thread(request, t);
		user_thread_put(t);
	}
	return !is_killed();
}

long scheduling_nice(struct nice_request *request)
{
	struct user_thread *t;

	if (request->which < PRIO_PROCESS || request->which > PRIO_USER)
		return -EINVAL;
	if (request->which == PRIO_PROCESS) {
		t = find(request->who);
		if (t) {
			visit_thread(request, t);
			user_thread_put(t);
		}
	} else {
		if (!request->who)
			request->who = request->which == PRIO_PGRP ? session_group_of(0)
								   : (int)cred_current()->uid;
		process_for_each(visit_process, request);
	}
	return request->found ? request->result : -ESRCH;
}
