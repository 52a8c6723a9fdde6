// SPDX-License-Identifier: MIT
/* Scheduling parameters: priorities, policies, CPUs. sched(7). */
#include "arch/arch_smp.h"
#include "core/errno.h"
#include "proc/cred_change.h"
#include "proc/process.h"
#include "proc/rlimit.h"
#include "sched/sched.h"
#include "syscall/syscalls.h"
#include "time/clock.h"
#include "vm/user_copy.h"

#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <linux/time_types.h>

#define RR_INTERVAL_NS (100 * NS_PER_MS)

long sys_sched_yield(void)
{
	sched_yield();
	return 0;
}

/* The thread @pid names, referenced; 0 is the caller. */
static int find_thread(pid_t pid, struct user_thread **out)
{
	if (pid < 0)
		return -EINVAL;
	if (pid == 0) {
		*out = current_user_thread();
		user_thread_get(*out);
		return 0;
	}
	*out = user_thread_find(pid);
	return *out ? 0 : -ESRCH;
}

/* May the caller change @t's scheduling: same user, or CAP_SYS_NICE. */
static bool may_change(struct user_thread *t)
{
	const struct cred *mine = cred_current(), *its = t->process->cred;

	return mine->euid == its->euid || mine->euid == its->uid || capable(CAP_SYS_NICE);
}

/* --- CPUs ------------------------------------------------------------------------------------ */

long sys_sched_setaffinity(pid_t pid, unsigned len, const u64 __user *user_mask)
{
	struct user_thread *t;
	u64 mask = 0;
	int err;

	if (copy_from_user(&mask, user_mask, min((size_t)len, sizeof(mask))))
		return -EFAULT;
	err = find_thread(pid, &t);
	if (err)
		return err;
	err = may_change(t) ? sched_set_affinity(&t->vfs.thread, mask) : -EPERM;
	user_thread_put(t);
	return err;
}

long sys_sched_getaffinity(pid_t pid, unsigned len, u64 __user *user_mask)
{
	struct user_thread *t;
	u64 mask;
	int err;

	if (len < sizeof(mask) || len % sizeof(mask))
		return -EINVAL;
	err = find_thread(pid, &t);
	if (err)
		return err;
	mask = t->vfs.thread.affinity & (BIT(arch_smp_nr_cpus()) - 1);
	user_thread_put(t);
	return put_user_u64(mask, user_mask) ? -EFAULT : (long)sizeof(mask);
}

long sys_getcpu(unsigned __user *cpu, unsigned __user *node, void __user *unused)
{
	(void)unused;
	if (cpu && put_user_u32(arch_cpu_id(), cpu))
		return -EFAULT;
	return node && put_user_u32(0, node) ? -EFAULT : 0;
}

/* --- policies -------------------------------------------------------------------------------- */

static int set_policy(struct user_thread *t, int policy, int priority)
{
	bool realtime = (policy & ~SCHED_RESET_ON_FORK) == SCHED_FIFO || (policy & ~SCHED_RESET_ON_FORK) == SCHED_RR;

	if (policy < 0 || priority < 0)
		return -EINVAL;
	if (!may_change(t))
		return -EPERM;
	if (realtime && !capable(CAP_SYS_NICE) &&
	    (u64)priority > rlimit_soft(current_process(), RLIMIT_RTPRIO))
		return -EPERM;
	return sched_set_policy(&t->vfs.thread, (u32)policy & ~(u32)SCHED_RESET_ON_FORK, (u32)priority);
}

long sys_sched_setscheduler(pid_t pid, int policy, const void __user *param)
{
	struct user_thread *t;
	u32 priority;
	int err;

	if (!param || policy < 0)
		return -EINVAL;
	if (get_user_u32(&priority, (const u32 __user *)param))
		return -EFAULT;
	err = find_thread(pid, &t);
	if (err)
		return err;
	err = set_policy(t, policy, (int)priority);
	user_thread_put(t);
	return err;
}

long sys_sched_setparam(pid_t pid, const void __user *param)
{
	struct user_thread *t;
	u32 priority;
	int err;

	if (!param)
		return -EINVAL;
	if (get_user_u32(&priority, (const u32 __user *)param))
		return -EFAULT;
	err = find_thread(pid, &t);
	if (err)
		return err;
	err = set_policy(t, (int)t->vfs.thread.linux_policy, (int)priority);
	user_thread_put(t);
	return err;
}

long sys_sched_getscheduler(pid_t pid)
{
	struct user_thread *t;
	int err = find_thread(pid, &t);
	long policy;

	if (err)
		return err;
	policy = t->vfs.thread.linux_policy;
	user_thread_put(t);
	return policy;
}

long sys_sched_getparam(pid_t pid, void __user *param)
{
	struct user_thread *t;
	u32 priority;
	int err;

	if (!param)
		return -EINVAL;
	err = find_thread(pid, &t);
	if (err)
		return err;
	priority = t->vfs.thread.rt_priority;
	user_thread_put(t);
	return put_user_u32(priority, (u32 __user *)param);
}

static long priority_bound(int policy, long realtime)
{
	switch (policy) {
	case SCHED_FIFO:
	case SCHED_RR:
		return realtime;
	case SCHED_NORMAL:
	case SCHED_BATCH:
	case SCHED_IDLE:
		return 0;
	default:
		return -EINVAL;
	}
}

long sys_sched_get_priority_max(int policy)
{
	return priority_bound(policy, 99);
}

long sys_sched_get_priority_min(int policy)
{
	return priority_bound(policy, 1);
}

long sys_sched_rr_get_interval(pid_t pid, void __user *interval)
{
	struct __kernel_timespec ts = { 0 };
	struct user_thread *t;
	int err = find_thread(pid, &t);

	if (err)
		return err;
	if (t->vfs.thread.linux_policy == SCHED_RR)
		ts.tv_nsec = RR_INTERVAL_NS;
	else if (t->vfs.thread.linux_policy != SCHED_FIFO)
		ts.tv_nsec = 10 * NS_PER_MS;
	user_thread_put(t);
	return copy_to_user(interval, &ts, sizeof(ts));
}

long sys_sched_setattr(pid_t pid, void __user *user_attr, unsigned flags)
{
	struct sched_attr attr;
	struct user_thread *t;
	u32 size;
	int err;

	if (!user_attr || flags)
		return -EINVAL;
	if (get_user_u32(&size, user_attr))
		return -EFAULT;
	if (!size)
		size = SCHED_ATTR_SIZE_VER0;
	if (size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(&attr, sizeof(attr), user_attr, size);
	if (err)
		return err;
	err = find_thread(pid, &t);
	if (err)
		return err;
	err = set_policy(t, (int)attr.sched_policy, (int)attr.sched_priority);
	if (!err && attr.sched_priority == 0)
		err = sched_set_nice(&t->vfs.thread, attr.sched_nice);
	user_thread_put(t);
	return err;
}

long sys_sched_getattr(pid_t pid, void __user *user_attr, unsigned size, unsigned flags)
{
	struct sched_attr attr = { .size = sizeof(attr) };
	struct user_thread *t;
	int err;

	if (!user_attr || flags || size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE)
		return -EINVAL;
	err = find_thread(pid, &t);
	if (err)
		return err;
	attr.sched_policy = t->vfs.thread.linux_policy;
	attr.sched_priority = t->vfs.thread.rt_priority;
	attr.sched_nice = t->vfs.thread.nice;
	user_thread_put(t);
	attr.size = (u32)min((size_t)size, sizeof(attr));
	return copy_to_user(user_attr, &attr, attr.size);
}

/* --- nice values ----------------------------------------------------------------------------- */

struct priority_search {
	int which, who;
	bool set;
	int value;    /* to set, or the best (lowest) found so far */
	long result;  /* -ESRCH until somebody matches             */
};

static int set_one(struct user_thread *t, int nice)
{
	int current_nice = t->vfs.thread.nice;

	if (!may_change(t))
		return -EPERM;
	if (nice < current_nice && !capable(CAP_SYS_NICE) &&
	    (u64)(20 - nice) > rlimit_soft(t->process, RLIMIT_NICE))
		return -EACCES;
	return sched_set_nice(&t->vfs.thread, nice);
}

static void visit_thread(struct priority_search *search, struct user_thread *t)
{
	if (search->set) {
		int err = set_one(t, search->value);

		if (search->result == -ESRCH || err)
			search->result = err;
	} else if (search->result == -ESRCH || t->vfs.thread.nice < search->value) {
		search->value = t->vfs.thread.nice;
		search->result = 0;
	}
}

static bool visit_process(struct process *process, void *data)
{
	struct priority_search *search = data;
	struct user_thread *leader;
	bool matches = search->which == PRIO_PGRP ? process->pgrp && process->pgrp->number == search->who :
						    (int)process->cred->uid == search->who;

	if (!matches)
		return true;
	leader = user_thread_find(process_id(process));
	if (leader) {
		visit_thread(search, leader);
		user_thread_put(leader);
	}
	return true;
}

static long search_priority(struct priority_search *search)
{
	struct user_thread *t;
	int err;

	switch (search->which) {
	case PRIO_PROCESS:
		err = find_thread(search->who, &t);
		if (err)
			return -ESRCH;
		visit_thread(search, t);
		user_thread_put(t);
		break;
	case PRIO_PGRP:
		if (!search->who)
			search->who = current_process()->pgrp->number;
		process_for_each(visit_process, search);
		break;
	case PRIO_USER:
		if (!search->who)
			search->who = (int)cred_current()->uid;
		process_for_each(visit_process, search);
		break;
	default:
		return -EINVAL;
	}
	return search->result;
}

long sys_setpriority(int which, int who, int value)
{
	struct priority_search search = {
		.which = which, .who = who, .set = true, .value = max(-20, min(value, 19)), .result = -ESRCH
	};

	return search_priority(&search);
}

/* The raw call gives 20 - nice, so that no result looks like an error (getpriority(2)). */
long sys_getpriority(int which, int who)
{
	struct priority_search search = { .which = which, .who = who, .result = -ESRCH };
	long err = search_priority(&search);

	return err ? err : 20 - search.value;
}
