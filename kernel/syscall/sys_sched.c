// SPDX-License-Identifier: MIT
/*
 * sys_sched.c -- calls on scheduling policy, priority and affinity.
 *
 * Parts.  A call for each way in which the ABI writes a struct scheduling; who may do what is
 *   decided in proc/scheduling.c.
 * Tests.  tests/guest/process/proc_sched.c, proc_affinity.c.
 */
#include "arch/arch_cpu.h"
#include "core/errno.h"
#include "proc/scheduling.h"
#include "sched/account/sched_tick.h"
#include "sched/sched.h"
#include "sched/sched_policy.h"
#include "syscall/syscalls.h"
#include "vm/time_copy.h"
#include "vm/user_copy.h"

#include <linux/sched.h>
#include <linux/sched/types.h>

#define ROUND_ROBIN_NS (100 * NS_PER_MS)

long sys_sched_yield(void)
{
	sched_yield();
	return 0;
}

long sys_sched_setscheduler(pid_t pid, int policy, const struct sched_param __user *param)
{
	struct scheduling_change change = {.policy = (u32)policy, .keeps_nice = true};

	if (!param || policy < 0 || pid < 0)
		return -EINVAL;
	if (get_user_u32(&change.priority, (const u32 __user *)param))
		return -EFAULT;
	return scheduling_change(pid, &change);
}

long sys_sched_getscheduler(pid_t pid)
{
	struct scheduling now;
	int err = pid < 0 ? -EINVAL : scheduling_get(pid, &now);

	return err ? err : (long)(now.policy | (now.reset_on_fork ? SCHED_RESET_ON_FORK : 0));
}

long sys_sched_setparam(pid_t pid, const struct sched_param __user *param)
{
	struct scheduling_change change = {.keeps_policy = true, .keeps_nice = true};

	if (!param || pid < 0)
		return -EINVAL;
	if (get_user_u32(&change.priority, (const u32 __user *)param))
		return -EFAULT;
	return scheduling_change(pid, &change);
}

long sys_sched_getparam(pid_t pid, struct sched_param __user *param)
{
	struct scheduling now;
	int err = !param || pid < 0 ? -EINVAL : scheduling_get(pid, &now);

	return err ? err : put_user_u32(now.priority, (u32 __user *)param);
}

long sys_sched_get_priority_max(int policy)
{
	const struct sched_policy *found = sched_policy_for((u32)policy);

	return found ? (long)found->priority_max : -EINVAL;
}

long sys_sched_get_priority_min(int policy)
{
	const struct sched_policy *found = sched_policy_for((u32)policy);

	return found ? (long)found->priority_min : -EINVAL;
}

long sys_sched_rr_get_interval(pid_t pid, struct __kernel_timespec __user *interval)
{
	struct scheduling now;
	int err = pid < 0 ? -EINVAL : scheduling_get(pid, &now);

	if (err)
		return err;
	return copy_timespec_to_user(interval,
				     now.policy == SCHED_RR ? ROUND_ROBIN_NS
				     : now.policy == SCHED_FIFO || now.policy == SCHED_DEADLINE
					     ? 0
					     : sched_tick_ns());
}

long sys_sched_setaffinity(pid_t pid, unsigned len, const u64 __user *user_mask)
{
	u64 mask = 0;

	if (copy_from_user(&mask, user_mask, min((size_t)len, sizeof(mask))))
		return -EFAULT;
	return scheduling_set_affinity(pid, mask);
}

long sys_sched_getaffinity(pid_t pid, unsigned len, u64 __user *user_mask)
{
	struct scheduling now;
	int err;

	if (len < sizeof(now.affinity) || len % sizeof(now.affinity))
		return -EINVAL;
	err = scheduling_get(pid, &now);
	if (!err)
		err = put_user_u64(now.affinity, user_mask);
	return err ? err : (long)sizeof(now.affinity);
}

long sys_getcpu(unsigned __user *cpu, unsigned __user *node, void __user *unused)
{
	if (cpu && put_user_u32(arch_cpu_id(), cpu))
		return -EFAULT;
	return node ? put_user_u32(0, node) : 0;
}

long sys_sched_setattr(pid_t pid, struct sched_attr __user *user_attr, unsigned flags)
{
	struct scheduling_change change;
	int err;

	if (!user_attr || pid < 0 || flags)
		return -EINVAL;
	err = copy_sched_attr_from_user(&change, user_attr);
	return err ? err : scheduling_change(pid, &change);
}

long sys_sched_getattr(pid_t pid, struct sched_attr __user *user_attr, unsigned size,
		       unsigned flags)
{
	struct sched_attr attr = {.size = min(size, (unsigned)sizeof(attr))};
	struct scheduling now;
	int err;

	if (!user_attr || pid < 0 || flags || size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE)
		return -EINVAL;
	err = scheduling_get(pid, &now);
	if (err)
		return err;
	attr.sched_policy = now.policy;
	attr.sched_flags =
		(now.reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0) | now.reservation.flags;
	attr.sched_priority = now.priority;
	attr.sched_nice = now.priority || now.reservation.runtime_ns ? 0 : now.nice;
	attr.sched_runtime = now.reservation.runtime_ns;
	attr.sched_deadline = now.reservation.deadline_ns;
	attr.sched_period = now.reservation.period_ns;
	return copy_to_user(user_attr, &attr, attr.size);
}

long sys_getpriority(int which, int who)
{
	struct nice_request request = {.which = which, .who = who};

	return scheduling_nice(&request);
}

long sys_setpriority(int which, int who, int value)
{
	struct nice_request request = {
		.which = which, .who = who, .value = max(min(value, 19), -20), .set = true};

	return scheduling_nice(&request);
}
