// SPDX-License-Identifier: MIT
/* System calls: scheduling policy, priority, affinity. */
#include "arch/arch_cpu.h"
#include "core/errno.h"
#include "lib/string.h"
#include "proc/process.h"
#include "proc/rlimit.h"
#include "proc/session.h"
#include "sched/sched.h"
#include "syscall/syscalls.h"
#include "vm/time_copy.h"
#include "time/clock.h"
#include "vfs/cred.h"
#include "vm/user_copy.h"

#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/sched/types.h>

#define RT_PRIORITY_MAX 99
#define ROUND_ROBIN_NS (100 * NS_PER_MS)

/* The thread that a pid argument refers to, referenced; NULL when there is none. */
static struct user_thread *find_thread(pid_t pid)
{
	struct user_thread *t = current_user_thread();

	if (pid)
		return user_thread_find(pid);
	user_thread_get(t);
	return t;
}

static bool is_mine(struct user_thread *t)
{
	const struct cred *mine = cred_current(), *theirs = process_get_cred(t->thread.process);
	bool same = mine->euid == theirs->uid || mine->euid == theirs->euid;

	cred_put(theirs);
	return same || capable(CAP_SYS_NICE);
}

static bool is_realtime(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static bool is_known(int policy)
{
	return is_realtime(policy) || policy == SCHED_NORMAL || policy == SCHED_BATCH ||
	       policy == SCHED_IDLE;
}

long sys_sched_yield(void)
{
	sched_yield();
	return 0;
}

/* The policy of @t in the ABI's form, with SCHED_RESET_ON_FORK if set. */
static u32 policy_of(const struct user_thread *t)
{
	return READ_ONCE(t->thread.linux_policy) |
	       (READ_ONCE(t->thread.reset_on_fork) ? SCHED_RESET_ON_FORK : 0);
}

static long set_policy(pid_t pid, int policy_and_flag, int priority)
{
	int policy = policy_and_flag & ~SCHED_RESET_ON_FORK;
	struct user_thread *t;
	long err = 0;

	if (pid < 0 || !is_known(policy))
		return -EINVAL;
	if (is_realtime(policy) ? priority < 1 || priority > RT_PRIORITY_MAX : priority != 0)
		return -EINVAL;
	t = find_thread(pid);
	if (!t)
		return -ESRCH;
	if (!is_mine(t))
		err = -EPERM;
	else if (is_realtime(policy) && !capable(CAP_SYS_NICE) &&
		 (u64)priority > rlimit_soft(t->thread.process, RLIMIT_RTPRIO))
		err = -EPERM;
	else
		err = sched_set_policy(&t->thread, (u32)policy_and_flag, (u32)priority,
				       capable(CAP_SYS_NICE));
	user_thread_put(t);
	return err;
}

long sys_sched_setscheduler(pid_t pid, int policy, const void __user *param)
{
	u32 priority;

	if (!param || policy < 0)
		return -EINVAL;
	if (get_user_u32(&priority, (const u32 __user *)param))
		return -EFAULT;
	return set_policy(pid, policy, (int)priority);
}

long sys_sched_setparam(pid_t pid, const void __user *param)
{
	struct user_thread *t;
	u32 priority;
	int policy;

	if (!param || pid < 0)
		return -EINVAL;
	if (get_user_u32(&priority, (const u32 __user *)param))
		return -EFAULT;
	t = find_thread(pid);
	if (!t)
		return -ESRCH;
	policy = (int)policy_of(t);
	user_thread_put(t);
	return set_policy(pid, policy, (int)priority);
}

long sys_sched_getscheduler(pid_t pid)
{
	struct user_thread *t = pid < 0 ? NULL : find_thread(pid);
	long policy;

	if (pid < 0)
		return -EINVAL;
	if (!t)
		return -ESRCH;
	policy = policy_of(t);
	user_thread_put(t);
	return policy;
}

long sys_sched_getparam(pid_t pid, void __user *param)
{
	struct user_thread *t;
	u32 priority;

	if (!param || pid < 0)
		return -EINVAL;
	t = find_thread(pid);
	if (!t)
		return -ESRCH;
	priority = READ_ONCE(t->thread.rt_priority);
	user_thread_put(t);
	return put_user_u32(priority, (u32 __user *)param);
}

long sys_sched_get_priority_max(int policy)
{
	return is_realtime(policy)			      ? RT_PRIORITY_MAX
	       : is_known(policy) || policy == SCHED_DEADLINE ? 0
							      : -EINVAL;
}

long sys_sched_get_priority_min(int policy)
{
	return is_realtime(policy) ? 1 : is_known(policy) || policy == SCHED_DEADLINE ? 0 : -EINVAL;
}

long sys_sched_rr_get_interval(pid_t pid, struct __kernel_timespec __user *interval)
{
	long policy = sys_sched_getscheduler(pid);

	if (policy < 0)
		return policy;
	policy &= ~SCHED_RESET_ON_FORK;
	return copy_timespec_to_user(interval, policy == SCHED_RR     ? ROUND_ROBIN_NS
					       : policy == SCHED_FIFO ? 0
								      : sched_tick_ns());
}

long sys_sched_setaffinity(pid_t pid, unsigned len, const u64 __user *user_mask)
{
	u64 mask = 0, up = ~0UL >> (64 - arch_smp_nr_cpus());
	struct user_thread *t;
	long err;

	if (copy_from_user(&mask, user_mask, min((size_t)len, sizeof(mask))))
		return -EFAULT;
	t = find_thread(pid);
	if (!t)
		return -ESRCH;
	if (!is_mine(t))
		err = -EPERM;
	else if (!(mask & up))
		err = -EINVAL;
	else
		err = sched_set_affinity(&t->thread, mask & up);
	user_thread_put(t);
	return err;
}

long sys_sched_getaffinity(pid_t pid, unsigned len, u64 __user *user_mask)
{
	u64 mask, up = ~0UL >> (64 - arch_smp_nr_cpus());
	struct user_thread *t;

	if (len < sizeof(mask) || len % sizeof(mask))
		return -EINVAL;
	t = find_thread(pid);
	if (!t)
		return -ESRCH;
	mask = READ_ONCE(t->thread.affinity) & up;
	user_thread_put(t);
	return put_user_u64(mask, user_mask) ? -EFAULT : (long)sizeof(mask);
}

long sys_getcpu(unsigned __user *cpu, unsigned __user *node, void __user *unused)
{
	if (cpu && put_user_u32(arch_cpu_id(), cpu))
		return -EFAULT;
	return node ? put_user_u32(0, node) : 0;
}

static long set_nice(struct user_thread *t, int nice)
{
	/* RLIMIT_NICE 20 - n allows nice n: man 2 getrlimit. */
	if (!is_mine(t))
		return -EPERM;
	if (nice < READ_ONCE(t->thread.nice) && !capable(CAP_SYS_NICE) &&
	    (u64)(20 - nice) > rlimit_soft(t->thread.process, RLIMIT_NICE))
		return -EACCES;
	return sched_set_nice(&t->thread, nice);
}

long sys_sched_setattr(pid_t pid, void __user *user_attr, unsigned flags)
{
	struct sched_attr attr;
	struct user_thread *t;
	u32 size, policy;
	long err;

	if (!user_attr || pid < 0 || flags)
		return -EINVAL;
	if (get_user_u32(&size, (u32 __user *)user_attr))
		return -EFAULT;
	if (!size)
		size = SCHED_ATTR_SIZE_VER0;
	if (size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(&attr, sizeof(attr), user_attr, size);
	if (err)
		return err;
	if ((s32)attr.sched_nice < -20 || (s32)attr.sched_nice > 19)
		return -EINVAL;
	policy = attr.sched_policy;
	if ((int)policy < 0 || policy & SCHED_RESET_ON_FORK || attr.sched_flags & ~SCHED_FLAG_ALL)
		return -EINVAL;
	if (attr.sched_flags & SCHED_FLAG_RESET_ON_FORK)
		policy |= SCHED_RESET_ON_FORK;
	err = set_policy(pid, (int)policy, (int)attr.sched_priority);
	if (err || is_realtime((int)attr.sched_policy))
		return err;
	t = find_thread(pid);
	if (!t)
		return -ESRCH;
	err = set_nice(t, attr.sched_nice);
	user_thread_put(t);
	return err;
}

long sys_sched_getattr(pid_t pid, void __user *user_attr, unsigned size, unsigned flags)
{
	struct sched_attr attr;
	struct user_thread *t;

	if (!user_attr || pid < 0 || flags || size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE)
		return -EINVAL;
	t = find_thread(pid);
	if (!t)
		return -ESRCH;
	memset(&attr, 0, sizeof(attr));
	attr.size = min(size, (unsigned)sizeof(attr));
	attr.sched_policy = t->thread.linux_policy;
	if (t->thread.reset_on_fork)
		attr.sched_flags = SCHED_FLAG_RESET_ON_FORK;
	attr.sched_priority = t->thread.rt_priority;
	attr.sched_nice = is_realtime((int)attr.sched_policy) ? 0 : t->thread.nice;
	user_thread_put(t);
	return copy_to_user(user_attr, &attr, attr.size);
}

/* The threads that getpriority or setpriority refers to, and what to do with each of them. */
struct priority_request {
	int which, who, value;
	bool set, found;
	long result; /* get: the highest 20 - nice; set: 0 or an error */
};

static void visit_thread(struct priority_request *request, struct user_thread *t)
{
	long result;

	if (request->set) {
		result = set_nice(t, request->value);
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
	struct priority_request *request = data;
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

static long do_priority(struct priority_request *request)
{
	struct user_thread *t;

	if (request->which < PRIO_PROCESS || request->which > PRIO_USER)
		return -EINVAL;
	if (request->which == PRIO_PROCESS) {
		t = find_thread(request->who);
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

long sys_getpriority(int which, int who)
{
	struct priority_request request = {.which = which, .who = who};

	return do_priority(&request);
}

long sys_setpriority(int which, int who, int value)
{
	struct priority_request request = {
		.which = which, .who = who, .value = max(min(value, 19), -20), .set = true};

	return do_priority(&request);
}
