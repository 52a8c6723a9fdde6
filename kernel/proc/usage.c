// SPDX-License-Identifier: MIT
/*
 * usage.c -- how much of the machine threads and processes have used.
 *
 * Idea.  The CPU time of a thread is exact (the scheduler counts cycles); its division into user
 *   and system time is estimated from the modes in which ticks found the thread, but exact with
 *   option nohz=full (user_time.c). Times and switches
 *   of a process are summed as they arise (cpu_totals), so that they cost the same for any number
 *   of threads. Its tick also checks what ends by CPU time: timers, and RLIMIT_CPU.
 * Invariants.
 *   G1  User and system time add up to the exact time, and neither is ever less than it was
 *       shown before.
 *   G2  past_maps has the faults and the peak of the address spaces that the process has left.
 * Locks.  process->lock for past_maps and the walk to the map in use; process_tree for those of
 *   children. Numbers that ticks count are atomic.
 * Cost.  A tick: one atomic addition and two loads, if the process has no timers on CPU time.
 * Tests.  tests/guest/process/proc_limits.c, proc_sched.c, proc_wait.c.
 */
#include "proc/usage.h"
#include "lib/string.h"
#include "proc/process_internal.h"
#include "ptimer/posix_timer.h"
#include "sched/account/sched_tick.h"
#include "sched/account/user_time.h"
#include "sched/sched.h"

#include <linux/time.h>

/* Divide @ran_ns in proportion to the ticks. */
static __always_inline u64 estimate_user(u64 ran_ns, u64 ticks_user, u64 ticks_system)
{
	if (!ticks_user)
		return 0;
	return ticks_system ? ran_ns / (ticks_user + ticks_system) * ticks_user : ran_ns;
}

/*
 * @user_ns of @ran_ns were in user mode; but neither part becomes less than it was: the next tick
 * may change an estimate much. Locks: process->lock.
 */
static void split(struct process_usage *out, struct cpu_times *shown, u64 ran_ns, u64 user_ns)
{
	ran_ns = max(ran_ns, shown->user_ns + shown->system_ns);
	user_ns = min(max(user_ns, shown->user_ns), ran_ns - shown->system_ns);
	shown->user_ns = out->user_ns = user_ns;
	shown->system_ns = out->system_ns = ran_ns - user_ns;
}

void user_thread_usage_get(struct user_thread *t, struct process_usage *out)
{
	const struct thread *thread = &t->thread;
	irq_state_t state;
	u64 ran_ns, user_ns;

	*out = (struct process_usage){.switches_voluntary = READ_ONCE(thread->switches_voluntary),
				      .switches_forced = READ_ONCE(thread->switches_forced)};
	state = spin_lock_irq_save(&thread->process->lock);
	ran_ns = sched_thread_runtime_ns(thread);
	user_ns = unlikely(user_time_on) ? clock_cycles_to_ns(user_time_of_thread(thread))
					 : estimate_user(ran_ns, READ_ONCE(thread->ticks_user),
							 READ_ONCE(thread->ticks_system));
	split(out, &t->times_shown, ran_ns, user_ns);
	spin_unlock_irq_restore(&thread->process->lock, state);
}

void process_usage_add(struct process_usage *to, const struct process_usage *from)
{
	to->user_ns += from->user_ns;
	to->system_ns += from->system_ns;
	to->faults_minor += from->faults_minor;
	to->faults_major += from->faults_major;
	to->switches_voluntary += from->switches_voluntary;
	to->switches_forced += from->switches_forced;
	to->peak_resident_pages = max(to->peak_resident_pages, from->peak_resident_pages);
}

/* Locks: process->lock held, or no other thread uses the map. */
static void add_map(struct process_usage *usage, const struct vm_map *map)
{
	usage->faults_minor += READ_ONCE(map->faults_minor);
	usage->faults_major += READ_ONCE(map->faults_major);
	usage->peak_resident_pages =
		max(usage->peak_resident_pages, READ_ONCE(map->peak_resident_pages));
}

void usage_collect_map(struct process *process, const struct vm_map *map)
{
	irq_state_t state = spin_lock_irq_save(&process->lock);

	add_map(&process->usage.past_maps, map);
	spin_unlock_irq_restore(&process->lock, state);
}

/* The faults and the peak so far. */
static void add_maps(struct process *process, struct process_usage *out) REQUIRES(process->lock)
{
	struct user_thread *t;

	assert_spin_held(&process->lock);
	process_usage_add(out, &process->usage.past_maps);
	if (!process->borrows_memory)
		list_for_each_entry(t, &process->threads.list, process_node)
			if (t->thread.vm) {
				add_map(out, t->thread.vm);
				break;
			}
}

void process_usage_get(struct process *process, struct process_usage *out)
{
	const struct cpu_totals *totals = &process->usage.cpu;
	irq_state_t state;
	u64 ran_ns, user_ns;

	*out = (struct process_usage){.switches_voluntary = READ_ONCE(totals->switches_voluntary),
				      .switches_forced = READ_ONCE(totals->switches_forced)};
	state = spin_lock_irq_save(&process->lock);
	ran_ns = process_cpu_ns(process);
	user_ns = unlikely(user_time_on)
			  ? clock_cycles_to_ns(user_time_of_totals(totals))
			  : estimate_user(ran_ns, READ_ONCE(process->usage.ticks_user),
					  READ_ONCE(process->usage.ticks_system));
	split(out, &process->usage.shown, ran_ns, user_ns);
	add_maps(process, out);
	spin_unlock_irq_restore(&process->lock, state);
}

u64 process_cpu_ns(const struct process *process)
{
	return sched_totals_runtime_ns(&process->usage.cpu);
}

void process_usage_to_rusage(const struct process_usage *usage, struct rusage *out)
{
	memset(out, 0, sizeof(*out));
	out->ru_utime.tv_sec = (long)(usage->user_ns / NS_PER_SECOND);
	out->ru_utime.tv_usec = (long)(usage->user_ns % NS_PER_SECOND / NS_PER_US);
	out->ru_stime.tv_sec = (long)(usage->system_ns / NS_PER_SECOND);
	out->ru_stime.tv_usec = (long)(usage->system_ns % NS_PER_SECOND / NS_PER_US);
	out->ru_maxrss = (long)(usage->peak_resident_pages * (PAGE_SIZE / 1024));
	out->ru_minflt = (long)usage->faults_minor;
	out->ru_majflt = (long)usage->faults_major;
	out->ru_nvcsw = (long)usage->switches_voluntary;
	out->ru_nivcsw = (long)usage->switches_forced;
}

/* RLIMIT_CPU: SIGXCPU at the soft limit and each second after; SIGKILL at the hard one. */
static void check_cpu_limit(struct process *process)
{
	const struct rlimit *limit = &process->limits.table[RLIMIT_CPU];
	u64 used = process_cpu_ns(process);

	if (used < process->timers.cpu_limit_ns)
		return;
	if (used >= clock_ns_of_seconds(limit->rlim_max)) {
		signal_send_kernel_locked(process, SIGKILL);
		return;
	}
	signal_send_kernel_locked(process, SIGXCPU);
	WRITE_ONCE(process->timers.cpu_limit_ns, used + NS_PER_SECOND);
}

bool process_needs_ticks(const struct process *process)
{
	return READ_ONCE(process->timers.nr_cpu) || READ_ONCE(process->timers.cpu_limit_ns) != ~0UL;
}

void process_tick(bool user)
{
	u64 tick_ns = sched_tick_ns(), signals, stop_round;
	struct process *process = current_process();
	irq_state_t state;
	bool continued;

	__atomic_fetch_add(user ? &process->usage.ticks_user : &process->usage.ticks_system, 1,
			   __ATOMIC_RELAXED);
	if (likely(!process_needs_ticks(process)))
		return;
	state = spin_lock_irq_save(&process->lock);
	signals = itimer_tick_locked(process, user, tick_ns);
	if (signals & SIGNAL_BIT(SIGVTALRM))
		signal_send_kernel_locked(process, SIGVTALRM);
	if (signals & SIGNAL_BIT(SIGPROF))
		signal_send_kernel_locked(process, SIGPROF);
	stop_round = process->stop.round;
	posix_timer_tick_locked(process);
	continued = process->stop.round != stop_round;
	if (process->timers.cpu_limit_ns != ~0UL)
		check_cpu_limit(process);
	spin_unlock_irq_restore(&process->lock, state);
	if (unlikely(continued))
		signal_wake_continued(process);
}

void process_children_usage_get(struct process *process, struct process_usage *out)
{
	process_tree_lock();
	*out = process->tree.children_usage;
	process_tree_unlock();
}
