// SPDX-License-Identifier: MIT
/*
 * Resource use. How long a thread ran is exact (the scheduler counts cycles); how that splits into
 * user and system time is estimated from what the ticks found, as the counts of ticks are the only
 * witnesses.
 */
#include "proc/usage.h"
#include "lib/string.h"
#include "proc/posix_timer.h"
#include "proc/process_internal.h"
#include "sched/sched.h"

#include <linux/time.h>

void user_thread_usage_get(struct user_thread *t, struct process_usage *out)
{
	const struct thread *thread = &t->vfs.thread;
	u64 ran_ns = sched_thread_runtime_ns(thread);
	u64 user = READ_ONCE(thread->ticks_user), system = READ_ONCE(thread->ticks_system);
	u64 user_ns = 0;

	if (user)
		user_ns = system ? ran_ns / (user + system) * user : ran_ns;
	*out = (struct process_usage){.user_ns = user_ns,
				      .system_ns = ran_ns - user_ns,
				      .switches_voluntary = READ_ONCE(thread->switches_voluntary),
				      .switches_forced = READ_ONCE(thread->switches_forced)};
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

/* Locks: process->lock held, or the map is nobody else's. */
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

	add_map(&process->dead_threads, map);
	spin_unlock_irq_restore(&process->lock, state);
}

void process_usage_get(struct process *process, struct process_usage *out)
{
	irq_state_t state = spin_lock_irq_save(&process->lock);
	const struct vm_map *map = NULL;
	struct process_usage one;
	struct user_thread *t;

	*out = process->dead_threads;
	list_for_each_entry(t, &process->threads, process_node) {
		user_thread_usage_get(t, &one);
		process_usage_add(out, &one);
		if (t->vfs.thread.vm)
			map = t->vfs.thread.vm;
	}
	if (map && !process->borrows_memory)
		add_map(out, map);
	spin_unlock_irq_restore(&process->lock, state);
}

u64 process_cpu_ns_locked(struct process *process)
{
	u64 ns = process->dead_threads.user_ns + process->dead_threads.system_ns;
	struct user_thread *t;

	assert_spin_held(&process->lock);
	list_for_each_entry(t, &process->threads, process_node)
		ns += sched_thread_runtime_ns(&t->vfs.thread);
	return ns;
}

u64 process_cpu_ns(struct process *process)
{
	irq_state_t state = spin_lock_irq_save(&process->lock);
	u64 ns = process_cpu_ns_locked(process);

	spin_unlock_irq_restore(&process->lock, state);
	return ns;
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
	const struct rlimit *limit = &process->limits[RLIMIT_CPU];
	u64 used = process_cpu_ns_locked(process);

	if (used < process->cpu_limit_ns)
		return;
	if (used >= clock_ns_of_seconds(limit->rlim_max)) {
		signal_send_kernel_locked(process, SIGKILL);
		return;
	}
	signal_send_kernel_locked(process, SIGXCPU);
	process->cpu_limit_ns = used + NS_PER_SECOND;
}

void process_tick(bool user)
{
	struct user_thread *t = current_user_thread();
	u64 tick_ns = sched_tick_ns(), signals;
	struct process *process;
	irq_state_t state;

	if (!t->vfs.thread.is_user || !t->process)
		return;
	process = t->process;
	__atomic_fetch_add(user ? &process->tick_user_ns : &process->tick_system_ns, tick_ns,
			   __ATOMIC_RELAXED);
	if (likely(!READ_ONCE(process->nr_cpu_timers) && READ_ONCE(process->cpu_limit_ns) == ~0UL))
		return;
	state = spin_lock_irq_save(&process->lock);
	signals = itimer_tick_locked(process, user, tick_ns);
	if (signals & SIGNAL_BIT(SIGVTALRM))
		signal_send_kernel_locked(process, SIGVTALRM);
	if (signals & SIGNAL_BIT(SIGPROF))
		signal_send_kernel_locked(process, SIGPROF);
	posix_timer_tick_locked(process);
	if (process->cpu_limit_ns != ~0UL)
		check_cpu_limit(process);
	spin_unlock_irq_restore(&process->lock, state);
}
