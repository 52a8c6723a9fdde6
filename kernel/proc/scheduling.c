// SPDX-License-Identifier: MIT
/*
 * scheduling.c -- which thread may change how another one is scheduled, and to what.
 *
 * Idea.  The scheduler does what it is told (sched.c); who may tell it is decided here: a thread of
 *   the same user or with CAP_SYS_NICE, within RLIMIT_NICE and RLIMIT_RTPRIO of the thread that is
 *   changed.
 * Invariants.
 *   G1  A change of policy, priority and nice is checked as a whole before any of it is made, and
 *       made in one step.
 *   G2  What was checked is what changes: if the thread has other parameters by then, all is
 *       checked again. So who is about to lower a thread's rank is not undone by one who was
 *       allowed to keep it.
 * Locks.  None held; the thread that is changed is referenced. A request to a group or a user
 *   visits one thread after another: it is no single step for those that look at it.
 * Cost.  setpriority of a group or a user visits every process; it ends when the caller is killed.
 * Tests.  tests/guest/process/proc_sched.c, proc_affinity.c.
 */
#include "proc/scheduling.h"

#include "arch/arch_cpu.h"
#include "core/errno.h"
#include "proc/process.h"
#include "proc/rlimit.h"
#include "proc/session.h"
#include "sched/sched.h"
#include "sched/sched_params.h"
#include "vfs/cred.h"
#include "vm/user_copy.h"

#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/sched/types.h>

#define RESERVATION_FLAGS (SCHED_FLAG_RECLAIM | SCHED_FLAG_DL_OVERRUN)

/* Referenced; NULL when there is none. */
static struct user_thread *find(pid_t tid)
{
	struct user_thread *t = current_user_thread();

	if (tid)
		return user_thread_find(tid);
	user_thread_get(t);
	return t;
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
	struct sched_parameters now;

	if (!t)
		return -ESRCH;
	sched_get_parameters(&t->thread, &now);
	out->policy = now.linux_policy & ~(u32)SCHED_RESET_ON_FORK;
	out->reset_on_fork = now.linux_policy & SCHED_RESET_ON_FORK;
	out->priority = now.rt_priority;
	out->reservation = now.reservation;
	out->nice = now.nice;
	out->affinity = READ_ONCE(t->thread.affinity) & sched_cpus_up();
	user_thread_put(t);
	return 0;
}

/* The values that the change is checked with. */
static void fill_in(const struct sched_parameters *now, struct scheduling_change *change)
{
	bool is_urgent = now->rt_priority || now->reservation.runtime_ns;

	if (change->keeps_policy)
		change->policy = now->linux_policy;
	if (change->keeps_params && now->rt_priority)
		change->priority = now->rt_priority;
	if (change->keeps_params && now->reservation.runtime_ns)
		change->reservation = now->reservation;
	if (change->keeps_nice || (change->keeps_params && !is_urgent))
		change->nice = now->nice;
}

/* RLIMIT_NICE 20 - n allows nice n: man 2 getrlimit. */
static bool limit_allows_nice(const struct user_thread *t, int nice)
{
	return (u64)(20 - nice) <= rlimit_soft(t->thread.process, RLIMIT_NICE);
}

static bool uses_nice(u32 policy)
{
	return policy == SCHED_NORMAL || policy == SCHED_BATCH;
}

/* What a thread without CAP_SYS_NICE may do: sched(7), "Privileges and resource limits". */
static bool limits_allow(const struct user_thread *t, const struct sched_parameters *seen,
			 const struct scheduling_change *change)
{
	u32 policy = change->policy & ~(u32)SCHED_RESET_ON_FORK;
	u32 now = seen->linux_policy & ~(u32)SCHED_RESET_ON_FORK;
	int nice = seen->nice;
	u64 limit;

	if (policy == SCHED_DEADLINE)
		return false;
	if (change->priority) {
		limit = rlimit_soft(t->thread.process, RLIMIT_RTPRIO);
		return (policy == now || limit) &&
		       (change->priority <= seen->rt_priority || change->priority <= limit);
	}
	if (now == SCHED_IDLE && policy != SCHED_IDLE && !limit_allows_nice(t, nice))
		return false;
	return !uses_nice(policy) || change->nice >= nice || limit_allows_nice(t, change->nice);
}

/* -EAGAIN: what was checked is not so any more. G2 */
static int try_change(struct user_thread *t, struct scheduling_change *change)
{
	bool privileged = capable(CAP_SYS_NICE),
	     keeps = change->keeps_policy | change->keeps_params;
	struct sched_parameters seen, wanted;
	int err;

	sched_get_parameters(&t->thread, &seen);
	fill_in(&seen, change);
	wanted = (struct sched_parameters){.linux_policy = change->policy,
					   .rt_priority = change->priority,
					   .nice = change->nice,
					   .keeps_nice = change->keeps_nice ||
							 !uses_nice(change->policy &
								    ~(u32)SCHED_RESET_ON_FORK),
					   .reservation = change->reservation};
	err = sched_check_parameters(&wanted);
	if (err)
		return err;
	if (!may_change(t) || (!privileged && !limits_allow(t, &seen, change)))
		return -EPERM;
	if (change->keeps_params) { /* the policy, too, as on Linux */
		wanted = seen;
		wanted.keeps_nice = true;
		wanted.linux_policy = (change->policy & SCHED_RESET_ON_FORK) |
				      (wanted.linux_policy & ~(u32)SCHED_RESET_ON_FORK);
	}
	return sched_change_parameters(&t->thread, privileged && !keeps ? NULL : &seen, &wanted,
				       privileged);
}

static int change_thread(struct user_thread *t, const struct scheduling_change *change)
{
	struct scheduling_change filled_in;
	int err;

	do {
		filled_in = *change;
		err = try_change(t, &filled_in);
	} while (err == -EAGAIN && !thread_kill_pending(current_thread()));
	return err;
}

int scheduling_change(pid_t tid, const struct scheduling_change *change)
{
	struct user_thread *t = find(tid);
	int err;

	if (!t)
		return -ESRCH;
	err = change_thread(t, change);
	user_thread_put(t);
	return err;
}

static int get_attributes(struct sched_attr *to, struct sched_attr __user *from)
{
	u32 size;
	int err = -E2BIG;

	if (get_user_u32(&size, (u32 __user *)from))
		return -EFAULT;
	if (!size)
		size = SCHED_ATTR_SIZE_VER0;
	if (size >= SCHED_ATTR_SIZE_VER0 && size <= PAGE_SIZE)
		err = copy_struct_from_user(to, sizeof(*to), from, size);
	if (err == -E2BIG)
		ignore_result(put_user_u32(sizeof(*to), (u32 __user *)from), "E2BIG, as on Linux");
	return err;
}

int copy_sched_attr_from_user(struct scheduling_change *to, struct sched_attr __user *from)
{
	struct sched_attr attr;
	int err = get_attributes(&attr, from);

	if (err)
		return err;
	*to = (struct scheduling_change){
		.policy = attr.sched_policy,
		.priority = attr.sched_priority,
		.nice = max(min((s32)attr.sched_nice, 19), -20),
		.reservation = {.runtime_ns = attr.sched_runtime,
				.deadline_ns = attr.sched_deadline,
				.period_ns = attr.sched_period,
				.flags = attr.sched_flags & RESERVATION_FLAGS},
		.keeps_policy = attr.sched_flags & SCHED_FLAG_KEEP_POLICY,
		.keeps_params = attr.sched_flags & SCHED_FLAG_KEEP_PARAMS,
	};
	if ((int)to->policy < 0 || attr.sched_flags & ~SCHED_FLAG_ALL)
		return -EINVAL;
	if (!to->keeps_policy && to->policy & SCHED_RESET_ON_FORK)
		return -EINVAL;
	if (attr.sched_flags & SCHED_FLAG_RESET_ON_FORK)
		to->policy |= SCHED_RESET_ON_FORK;
	return 0;
}

static int change_nice(struct user_thread *t, int nice)
{
	if (!may_change(t))
		return -EPERM;
	return sched_change_nice(&t->thread, nice,
				 capable(CAP_SYS_NICE) || limit_allows_nice(t, nice));
}

int scheduling_set_affinity(pid_t tid, u64 mask)
{
	struct user_thread *t = find(tid);
	int err;

	if (!t)
		return -ESRCH;
	err = may_change(t) ? sched_set_affinity(&t->thread, mask) : -EPERM;
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
