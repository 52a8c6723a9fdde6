// SPDX-License-Identifier: MIT
/*
 * procfs_status.c -- stat, statm, status of one process or task. proc(5).
 *
 * Idea.  The facts that several files show are gathered first (facts_get), each lock taken once;
 *   the text is made from the copies.
 * Locks.  process_tree, process->lock, vm_map and a run queue's, one after the other.
 * Tests.  tests/guest/process/proc_creds.c, tests/guest/memory/mem_maps.c.
 */
#include "fs/procfs/cpu_text.h"
#include "fs/procfs/procfs.h"

#include "arch/arch_cpu.h"
#include "arch/arch_thread.h"
#include "core/errno.h"
#include "dev/tty/tty.h"
#include "lib/string.h"
#include "proc/process.h"
#include "proc/rlimit.h"
#include "proc/usage.h"
#include "sched/sched.h"
#include "sched/sched_params.h"
#include "time/clock.h"
#include "vfs/cred.h"
#include "vfs/name/fs_context.h"
#include "vfs/file/fdtable.h"
#include "vfs/inode/device_number.h"

#include <linux/sched.h>

#define TICK_NS (NS_PER_SECOND / 100) /* USER_HZ */
#define KIB_PER_PAGE (PAGE_SIZE / 1024)

/* Sizes of an address space; all 0 when there is none. */
struct memory {
	u64 mapped_bytes, data_bytes, stack_bytes, locked_bytes;
	u64 resident, resident_file, peak;
	vaddr_t code_start, code_end, data_start, data_end, brk_start, stack_top;
	vaddr_t arg_start, arg_end, env_start, env_end;
};

/* The facts that several files show. */
struct facts {
	struct process_usage usage, children;
	pid_t ppid, pgrp, session, tty_foreground;
	dev_t tty;
	unsigned nr_threads;
	int exit_signal, exit_status;
	struct memory memory;
	struct sched_parameters scheduling; /* all 0 when there is no thread */
};

void procfs_comm(const struct procfs_subject *s, char name[THREAD_NAME_SIZE])
{
	if (s->thread)
		thread_name_get(&s->thread->thread, name);
	else
		process_name_get(s->process, name);
}

static void memory_get(struct process *process, struct memory *m)
{
	struct vm_map *map = process_get_vm(process);

	memset(m, 0, sizeof(*m));
	if (!map)
		return;
	rwlock_read_lock(&map->lock);
	*m = (struct memory){
		.mapped_bytes = map->nr_mapped_bytes,
		.data_bytes = map->nr_data_bytes,
		.stack_bytes = map->nr_stack_bytes,
		.locked_bytes = map->nr_locked_bytes,
		.resident = READ_ONCE(map->resident_pages),
		.resident_file = READ_ONCE(map->resident_file_pages),
		.peak = READ_ONCE(map->peak_resident_pages),
		.code_start = map->code_start,
		.code_end = map->code_end,
		.data_start = map->data_start,
		.data_end = map->data_end,
		.brk_start = map->brk_start,
		.stack_top = map->stack_top,
		.arg_start = map->arg_start,
		.arg_end = map->arg_end,
		.env_start = map->env_start,
		.env_end = map->env_end,
	};
	rwlock_read_unlock(&map->lock);
	vm_map_put(map);
}

static void facts_get(const struct procfs_subject *s, struct facts *f)
{
	struct process *p = s->process;

	memset(f, 0, sizeof(*f));
	if (s->is_task)
		user_thread_usage_get(s->thread, &f->usage);
	else
		process_usage_get(p, &f->usage);
	tty_describe_of(p, &f->tty, &f->tty_foreground);
	process_tree_lock();
	f->ppid = p->tree.parent ? process_id(p->tree.parent) : 0;
	f->pgrp = p->job.group ? p->job.group->number : 0;
	f->session = p->job.session ? p->job.session->number : 0;
	f->nr_threads = p->threads.nr;
	f->children = p->tree.children_usage;
	f->exit_signal = p->tree.exit_signal;
	f->exit_status = p->tree.exit_status;
	process_tree_unlock();
	memory_get(p, &f->memory);
	if (s->thread)
		sched_get_parameters(&s->thread->thread, &f->scheduling);
	f->scheduling.linux_policy &= ~(u32)SCHED_RESET_ON_FORK;
}

/* Linux's letter for the process as a whole: R S D T Z X. */
static char process_letter(struct process *process)
{
	struct user_thread *t;
	char letter = 'Z';

	process_tree_lock();
	if (process->tree.state == PROCESS_REAPED)
		letter = 'X';
	else if (process->tree.state == PROCESS_ALIVE && !list_is_empty(&process->threads.list)) {
		t = process->threads.leader ? process->threads.leader
					    : list_first_entry(&process->threads.list,
							       struct user_thread, process_node);
		letter = user_thread_state_letter(t);
	}
	process_tree_unlock();
	return letter;
}

static char state_letter(const struct procfs_subject *s)
{
	return s->is_task ? user_thread_state_letter(s->thread) : process_letter(s->process);
}

static pid_t subject_number(const struct procfs_subject *s)
{
	return s->pid->number;
}

static void stat_signals(struct text_buffer *out, const struct procfs_subject *s)
{
	struct signal_sets sets = {0};

	if (s->thread)
		signal_sets_get(s->thread, &sets);
	text_printf(out, " %lu %lu %lu %lu", sets.pending & 0x7fffffff, sets.blocked & 0x7fffffff,
		    sets.ignored & 0x7fffffff, sets.caught & 0x7fffffff);
}

static void stat_scheduling(struct text_buffer *out, const struct facts *f,
			    const struct procfs_subject *s)
{
	const struct sched_parameters *now = &f->scheduling;
	long priority = now->rt_priority ? -1 - (long)now->rt_priority : 20 + now->nice;

	if (now->linux_policy == SCHED_DEADLINE)
		priority = -101; /* as on Linux: before the highest real-time priority */
	text_printf(out, " %ld %d %u 0 %lu", priority, now->nice, f->nr_threads,
		    s->process->start_ns / TICK_NS);
}

int procfs_show_stat(struct text_buffer *out, const struct procfs_subject *s)
{
	const struct thread *t = s->thread ? &s->thread->thread : NULL;
	bool open = process_may_access(s->process);
	char name[THREAD_NAME_SIZE];
	struct memory *m;
	struct facts f;

	facts_get(s, &f);
	open = open && process_may_access(s->process); /* procfs_file.c, T2 */
	m = &f.memory;
	procfs_comm(s, name);
	text_printf(out, "%d (%s) %c %d %d %d %u %d 0", subject_number(s), name, state_letter(s),
		    f.ppid, f.pgrp, f.session, (u32)f.tty, f.tty_foreground);
	text_printf(out, " %lu %lu %lu %lu", f.usage.faults_minor, f.children.faults_minor,
		    f.usage.faults_major, f.children.faults_major);
	text_printf(out, " %lu %lu %lu %lu", f.usage.user_ns / TICK_NS, f.usage.system_ns / TICK_NS,
		    f.children.user_ns / TICK_NS, f.children.system_ns / TICK_NS);
	stat_scheduling(out, &f, s);
	text_printf(out, " %lu %lu %lu", m->mapped_bytes, m->resident,
		    rlimit_soft(s->process, RLIMIT_RSS));
	if (open)
		text_printf(out, " %lu %lu %lu 0 0", m->code_start, m->code_end, m->stack_top);
	else
		text_puts(out, " 1 1 0 0 0");
	stat_signals(out, s);
	text_printf(out, " 0 0 0 %d %u %u %u 0 0 0", f.exit_signal, t ? READ_ONCE(t->cpu) : 0,
		    f.scheduling.rt_priority, f.scheduling.linux_policy);
	if (open)
		text_printf(out, " %lu %lu %lu %lu %lu %lu %lu %d\n", m->data_start, m->data_end,
			    m->brk_start, m->arg_start, m->arg_end, m->env_start, m->env_end,
			    f.exit_status);
	else
		text_puts(out, " 0 0 0 0 0 0 0 0\n");
	return 0;
}

int procfs_show_statm(struct text_buffer *out, const struct procfs_subject *s)
{
	struct memory m;

	memory_get(s->process, &m);
	text_printf(out, "%lu %lu %lu %lu 0 %lu 0\n", m.mapped_bytes / PAGE_SIZE, m.resident,
		    m.resident_file,
		    (align_up(m.code_end, PAGE_SIZE) - align_down(m.code_start, PAGE_SIZE)) /
			    PAGE_SIZE,
		    (m.data_bytes + m.stack_bytes) / PAGE_SIZE);
	return 0;
}

static const char *state_name(char letter)
{
	switch (letter) {
	case 'R':
		return "R (running)";
	case 'S':
		return "S (sleeping)";
	case 'D':
		return "D (disk sleep)";
	case 'T':
		return "T (stopped)";
	case 'Z':
		return "Z (zombie)";
	default:
		return "X (dead)";
	}
}

static void status_identity(struct text_buffer *out, const struct procfs_subject *s,
			    const struct facts *f)
{
	struct fs_context *fs = process_get_fs(s->process);
	char name[THREAD_NAME_SIZE];

	text_puts(out, "Name:\t");
	procfs_comm(s, name);
	text_put_escaped(out, name, "\n");
	text_printf(
		out,
		"\nUmask:\t%04o\nState:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n",
		fs ? READ_ONCE(fs->umask) : 0, state_name(state_letter(s)), process_id(s->process),
		subject_number(s), f->ppid);
	if (fs)
		fs_context_put(fs);
}

static void status_cred(struct text_buffer *out, const struct cred *c)
{
	text_printf(out, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n", c->uid, c->euid, c->suid,
		    c->fsuid, c->gid, c->egid, c->sgid, c->fsgid);
}

static void status_groups(struct text_buffer *out, const struct cred *c)
{
	text_puts(out, "Groups:\t");
	for (u32 i = 0; i < c->nr_groups; i++)
		text_printf(out, i ? " %u" : "%u", c->groups[i]);
	text_puts(out, " \n"); /* also without groups, as on Linux */
}

static void status_caps(struct text_buffer *out, const struct cred *c)
{
	text_printf(
		out,
		"CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\nCapBnd:\t%016lx\nCapAmb:\t%016lx\n",
		c->cap_inheritable, c->cap_permitted, c->cap_effective, c->cap_bounding,
		c->cap_ambient);
}

static void kib_row(struct text_buffer *out, const char *name, u64 kib)
{
	text_printf(out, "%s:\t%8lu kB\n", name, kib);
}

static void status_memory(struct text_buffer *out, const struct memory *m)
{
	if (!m->mapped_bytes)
		return;
	kib_row(out, "VmPeak", m->mapped_bytes / 1024);
	kib_row(out, "VmSize", m->mapped_bytes / 1024);
	kib_row(out, "VmLck", m->locked_bytes / 1024);
	kib_row(out, "VmPin", 0);
	kib_row(out, "VmHWM", m->peak * KIB_PER_PAGE);
	kib_row(out, "VmRSS", m->resident * KIB_PER_PAGE);
	kib_row(out, "RssAnon", (m->resident - m->resident_file) * KIB_PER_PAGE);
	kib_row(out, "RssFile", m->resident_file * KIB_PER_PAGE);
	kib_row(out, "RssShmem", 0);
	kib_row(out, "VmData", m->data_bytes / 1024);
	kib_row(out, "VmStk", m->stack_bytes / 1024);
	kib_row(out, "VmExe",
		(align_up(m->code_end, PAGE_SIZE) - align_down(m->code_start, PAGE_SIZE)) / 1024);
	kib_row(out, "VmLib", 0);
	kib_row(out, "VmPTE", 0);
	kib_row(out, "VmSwap", 0);
}

static void status_signals(struct text_buffer *out, const struct procfs_subject *s)
{
	struct signal_sets sets = {0};

	if (s->thread)
		signal_sets_get(s->thread, &sets);
	text_printf(
		out,
		"SigQ:\t%lu/%lu\nSigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n",
		(unsigned long)sets.nr_queued, sets.queue_limit, sets.pending, sets.shared_pending,
		sets.blocked, sets.ignored, sets.caught);
}

static void status_cpus(struct text_buffer *out, const struct procfs_subject *s)
{
	u64 mask = sched_cpus_up();

	if (s->thread)
		mask &= READ_ONCE(s->thread->thread.affinity);
	text_puts(out, "Cpus_allowed:\t");
	text_cpu_mask(out, mask, arch_smp_nr_cpus());
	text_puts(out, "\nCpus_allowed_list:\t");
	text_cpu_list(out, mask);
	text_puts(out, "\nMems_allowed:\t1\nMems_allowed_list:\t0\n");
}

int procfs_show_status(struct text_buffer *out, const struct procfs_subject *s)
{
	const struct cred *cred = process_get_cred(s->process);
	struct fdtable *files = process_get_files(s->process);
	struct facts f;

	facts_get(s, &f);
	status_identity(out, s, &f);
	if (cred)
		status_cred(out, cred);
	text_printf(out, "FDSize:\t%u\n", files ? READ_ONCE(files->size) : 0);
	if (cred)
		status_groups(out, cred);
	text_printf(out, "NStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n",
		    process_id(s->process), subject_number(s), f.pgrp, f.session);
	status_memory(out, &f.memory);
	text_printf(out, "CoreDumping:\t0\nThreads:\t%u\n", f.nr_threads);
	status_signals(out, s);
	if (cred)
		status_caps(out, cred);
	text_printf(out, "NoNewPrivs:\t%d\nSeccomp:\t0\nSeccomp_filters:\t0\n",
		    s->process->attributes.no_new_privileges);
	status_cpus(out, s);
	text_printf(out, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n",
		    f.usage.switches_voluntary, f.usage.switches_forced);
	if (files)
		fdtable_put(files);
	if (cred)
		cred_put(cred);
	return 0;
}
