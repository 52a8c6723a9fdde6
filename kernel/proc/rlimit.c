// SPDX-License-Identifier: MIT
/* Resource limits: the table of a process, and the copies that lower layers check. */
#include "proc/rlimit.h"
#include "core/errno.h"
#include "proc/process_internal.h"
#include "sched/account/sched_tick.h"
#include "vfs/cred.h"

#define STACK_SOFT_BYTES MIB(8)
#define NOFILE_SOFT 1024
#define NOFILE_HARD 1048576UL /* what the descriptor tables can hold */
#define MEMLOCK_BYTES MIB(8)
#define MSGQUEUE_BYTES 819200

void rlimit_init(struct process *process)
{
	struct rlimit *limits = process->limits.table;
	u64 threads = process_thread_limit() / 2;

	for (int i = 0; i < RLIM_NLIMITS; i++)
		limits[i] = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
	limits[RLIMIT_STACK].rlim_cur = STACK_SOFT_BYTES;
	limits[RLIMIT_CORE].rlim_cur = 0;
	limits[RLIMIT_NOFILE] = (struct rlimit){NOFILE_SOFT, NOFILE_HARD};
	limits[RLIMIT_NPROC] = (struct rlimit){threads, threads};
	limits[RLIMIT_SIGPENDING] = (struct rlimit){threads, threads};
	limits[RLIMIT_MEMLOCK] = (struct rlimit){MEMLOCK_BYTES, MEMLOCK_BYTES};
	limits[RLIMIT_MSGQUEUE] = (struct rlimit){MSGQUEUE_BYTES, MSGQUEUE_BYTES};
	limits[RLIMIT_NICE] = (struct rlimit){0, 0};
	limits[RLIMIT_RTPRIO] = (struct rlimit){0, 0};
	process->limits.vfs.nofile = NOFILE_SOFT;
	process->limits.vfs.fsize = RLIM_INFINITY;
}

void rlimit_apply_to_map(struct process *process, struct vm_map *map)
{
	/* With the lock: code that checks a limit twice under it sees the same. */
	rwlock_write_lock(&map->lock);
	map->address_limit_bytes = rlimit_soft(process, RLIMIT_AS);
	map->data_limit_bytes = rlimit_soft(process, RLIMIT_DATA);
	map->lock_limit_bytes = rlimit_soft(process, RLIMIT_MEMLOCK);
	map->stack_limit_bytes = rlimit_soft(process, RLIMIT_STACK);
	rwlock_write_unlock(&map->lock);
}

/* The copies that belong to the process. Locks: process->lock held. */
static void apply_locked(struct process *process, unsigned resource)
{
	u64 soft = process->limits.table[resource].rlim_cur;

	assert_spin_held(&process->lock);
	switch (resource) {
	case RLIMIT_NOFILE:
		WRITE_ONCE(process->limits.vfs.nofile, soft);
		break;
	case RLIMIT_FSIZE:
		WRITE_ONCE(process->limits.vfs.fsize, soft);
		break;
	case RLIMIT_CPU: /* a limit of 0 seconds acts as 1 */
		WRITE_ONCE(process->timers.cpu_limit_ns,
			   soft == RLIM_INFINITY ? ~0UL : clock_ns_of_seconds(max(soft, 1UL)));
		sched_ask_for_ticks();
		break;
	default:
		break;
	}
}

/* The copies of the address space. */
static void apply_to_memory(struct process *process, unsigned resource)
{
	struct vm_map *map;

	switch (resource) {
	case RLIMIT_AS:
	case RLIMIT_DATA:
	case RLIMIT_MEMLOCK:
	case RLIMIT_STACK:
		map = process_get_vm(process);
		if (map) {
			rlimit_apply_to_map(process, map);
			vm_map_put(map);
		}
		break;
	default:
		break;
	}
}

int rlimit_change(struct process *process, unsigned resource, const struct rlimit *wanted,
		  struct rlimit *old)
{
	struct rlimit *limit;
	irq_state_t state;
	int err = 0;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	if (wanted && wanted->rlim_cur > wanted->rlim_max)
		return -EINVAL;
	if (wanted && resource == RLIMIT_NOFILE && wanted->rlim_max > NOFILE_HARD)
		return -EPERM;
	limit = &process->limits.table[resource];
	state = spin_lock_irq_save(&process->lock);
	if (old)
		*old = *limit;
	if (wanted && wanted->rlim_max > limit->rlim_max && !capable(CAP_SYS_RESOURCE))
		err = -EPERM;
	if (wanted && !err) {
		*limit = *wanted;
		apply_locked(process, resource);
	}
	spin_unlock_irq_restore(&process->lock, state);
	if (wanted && !err)
		apply_to_memory(process, resource);
	return err;
}

/* man 2 prlimit: all ids must match, or CAP_SYS_RESOURCE. */
static bool may_limit(struct process *process)
{
	const struct cred *mine = cred_current(), *theirs;
	bool may;

	if (process == current_process() || capable(CAP_SYS_RESOURCE))
		return true;
	theirs = process_get_cred(process);
	may = mine->uid == theirs->uid && mine->uid == theirs->euid && mine->uid == theirs->suid &&
	      mine->gid == theirs->gid && mine->gid == theirs->egid && mine->gid == theirs->sgid;
	cred_put(theirs);
	return may;
}

int rlimit_change_of(pid_t pid, unsigned resource, const struct rlimit *wanted, struct rlimit *old)
{
	struct process *process = process_find(pid ? pid : process_id(current_process()));
	int err;

	if (!process)
		return -ESRCH;
	err = may_limit(process) ? rlimit_change(process, resource, wanted, old) : -EPERM;
	process_put(process);
	return err;
}
