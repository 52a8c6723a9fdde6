// SPDX-License-Identifier: MIT
/*
 * The clocks that programs name by number: clock_gettime(2); CPU clocks carry a process or thread
 * in their number.
 */
#include "core/errno.h"
#include "proc/process_internal.h"
#include "proc/usage.h"
#include "ptimer/posix_timer.h"
#include "sched/account/sched_tick.h"
#include "sched/sched.h"
#include "vfs/cred.h"

#include <linux/time.h>

static u64 usage_on_clock(const struct process_usage *usage, int kind)
{
	return kind == CPU_CLOCK_VIRT ? usage->user_ns : usage->user_ns + usage->system_ns;
}

static int thread_clock_now(pid_t tid, int kind, u64 *ns)
{
	struct user_thread *t = tid ? user_thread_find(tid) : current_user_thread();
	struct process_usage usage;
	int err = 0;

	if (!t)
		return -EINVAL;
	if (t->thread.process != current_process()) {
		err = -EINVAL;
	} else if (kind == CPU_CLOCK_SCHED) {
		*ns = sched_thread_runtime_ns(&t->thread);
	} else {
		user_thread_usage_get(t, &usage);
		*ns = usage_on_clock(&usage, kind);
	}
	if (tid)
		user_thread_put(t);
	return err;
}

static int process_clock_now(pid_t pid, int kind, u64 *ns)
{
	struct process *process = pid ? process_find(pid) : current_process();
	struct process_usage usage;

	if (!process)
		return -EINVAL;
	if (kind == CPU_CLOCK_SCHED) {
		*ns = process_cpu_ns(process);
	} else {
		process_usage_get(process, &usage);
		*ns = usage_on_clock(&usage, kind);
	}
	if (pid)
		process_put(process);
	return 0;
}

static int cpu_clock_now(int clock, u64 *ns)
{
	pid_t pid = CPU_CLOCK_OWNER(clock);
	int kind = CPU_CLOCK_KIND(clock);

	if (kind > CPU_CLOCK_SCHED)
		return -EINVAL;
	return clock & CPU_CLOCK_THREAD ? thread_clock_now(pid, kind, ns)
					: process_clock_now(pid, kind, ns);
}

int clock_id_now(int clock, u64 *ns)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_TAI: /* no leap seconds are known */
		*ns = clock_real_ns();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_BOOTTIME: /* the machine never sleeps */
	case CLOCK_BOOTTIME_ALARM:
		*ns = clock_monotonic_ns();
		return 0;
	case CLOCK_REALTIME_COARSE:
		*ns = clock_real_coarse_ns();
		return 0;
	case CLOCK_MONOTONIC_COARSE:
		*ns = clock_monotonic_coarse_ns();
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
		return process_clock_now(0, CPU_CLOCK_SCHED, ns);
	case CLOCK_THREAD_CPUTIME_ID:
		return thread_clock_now(0, CPU_CLOCK_SCHED, ns);
	default:
		return clock < 0 ? cpu_clock_now(clock, ns) : -EINVAL;
	}
}

int clock_id_set(int clock, u64 ns)
{
	if (clock != CLOCK_REALTIME || ns >= CLOCK_REAL_MAX_NS)
		return -EINVAL;
	return capable(CAP_SYS_TIME) ? clock_real_set(ns) : -EPERM;
}

int clock_id_resolution(int clock, u64 *ns)
{
	u64 now;
	int err = clock_id_now(clock, &now);

	if (err)
		return err;
	*ns = 1;
	if (clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE ||
	    (clock < 0 && CPU_CLOCK_KIND(clock) != CPU_CLOCK_SCHED))
		*ns = sched_tick_ns();
	return 0;
}

int clock_id_deadline(int clock, u64 ns, u64 *deadline_ns)
{
	u64 offset;

	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_TAI:
		offset = clock_real_offset_ns();
		*deadline_ns = ns > offset ? ns - offset : 0;
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		*deadline_ns = ns;
		return 0;
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_MONOTONIC_RAW:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}
