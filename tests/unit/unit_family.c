// SPDX-License-Identifier: MIT
#include "unit_family.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include "host_arch.h"
#include "unit_heap.h"

#define STAND_IN __attribute__((weak))

/* What is for processes with memory, files, timers or other threads, or for the end of init. */
#define STAND_IN_FOR(function, instructions)                                                       \
	__asm__(".pushsection .text." #function ", \"ax\"\n.weak " #function "\n" #function        \
		": " instructions "\n.popsection")
#define DOES_NOTHING(function) STAND_IN_FOR(function, "ret")
#define NOT_REACHED(function)                                                                      \
	STAND_IN_FOR(function, "lea 1f(%rip), %rdi; jmp not_reached; 1: .asciz \"" #function "\"")

static __attribute__((used)) void not_reached(const char *function)
{
	fprintf(stderr, "%s: a test that comes here needs the real one\n", function);
	abort();
}

DOES_NOTHING(itimer_stop);
DOES_NOTHING(posix_timer_delete_all);
DOES_NOTHING(process_end_task);
DOES_NOTHING(process_memory_victim_ended);
DOES_NOTHING(signal_queue_drop_all);
DOES_NOTHING(user_thread_end_task);
NOT_REACHED(arch_machine_poweroff);
NOT_REACHED(cmdline_has);
NOT_REACHED(fdtable_put);
NOT_REACHED(fs_context_leave);
NOT_REACHED(futex_exit_robust);
NOT_REACHED(futex_wake);
NOT_REACHED(log_write);
NOT_REACHED(process_kill_more_locked);
NOT_REACHED(process_vfork_done);
NOT_REACHED(put_user_u32);
NOT_REACHED(signal_retarget_locked);
NOT_REACHED(signal_send_kernel);
NOT_REACHED(usage_collect_map);
NOT_REACHED(vm_map_activate);
NOT_REACHED(vm_map_put);

/* One that the test makes. */
struct unit_process {
	struct process process;
	struct signal_handlers handlers;
};

STAND_IN struct process *init_process;
static struct pid boot_group; /* as on Linux, init is in group and session 0 */
static jmp_buf end_of_thread;
void (*unit_group_signalled)(struct pid *group, int signal);
void (*unit_parent_signalled)(struct process *parent, const siginfo_t *info);

STAND_IN void process_unlink_thread_locked(struct process *process, struct user_thread *t)
{
	list_remove_init(&t->process_node);
}

/* ---- begin ---- */

static void join(struct process *process, struct process *parent)
{
	process_tree_lock();
	process->pid->process = process;
	process->pid->thread = process->threads.leader;
	if (parent) {
		session_join(process, parent->job.group, parent->job.session);
		process_set_parent(process, parent);
		list_add_last(&parent->tree.children, &process->tree.sibling);
	} else {
		refcount_init(&boot_group.refs, 1);
		list_init(&boot_group.members[PID_GROUP]);
		list_init(&boot_group.members[PID_SESSION]);
		list_init(&boot_group.walks);
		session_join(process, &boot_group, &boot_group);
		init_process = process;
	}
	process_tree_unlock();
}

struct process *unit_process_begin(struct process *parent)
{
	struct unit_process *unit = calloc(1, sizeof(*unit));
	struct user_thread *t = calloc(1, sizeof(*t));
	struct process *process = &unit->process;

	spin_lock_init(&process->lock, signal);
	refcount_init(&process->refs, 2); /* the tree's and the thread's */
	process->signals.handlers = &unit->handlers;
	list_init(&process->tree.children);
	list_init(&process->threads.list);
	waitq_init(&process->tree.child_exit);
	process->tree.exit_signal = SIGCHLD;
	process->threads.nr_live = process->threads.nr = 1;
	process->threads.leader = t;
	t->thread.process = process;
	t->thread.state = THREAD_RUNNING;
	list_add_last(&process->threads.list, &t->process_node);
	if (pid_alloc(&process->pid))
		abort();
	t->tid_pid = process->pid;
	join(process, parent);
	return process;
}

void unit_process_run_as(const struct process *process)
{
	unit_current_thread = &process->threads.leader->thread;
}

/* ---- end ---- */

STAND_IN void sched_exit(void)
{
	longjmp(end_of_thread, 1);
}

void unit_process_end(struct process *process, int status)
{
	struct user_thread *t = process->threads.leader;
	struct thread *before = unit_current_thread;

	unit_current_thread = &t->thread;
	if (!setjmp(end_of_thread))
		thread_exit_user(status);
	unit_current_thread = before;
	free(t);
	process_put(process);
}

void unit_init_vanishes(void)
{
	process_tree_lock();
	session_leave(init_process);
	init_process->pid->process = NULL;
	init_process->pid->thread = NULL;
	process_tree_unlock();
	free(init_process->threads.leader);
	process_put(init_process);
	process_put(init_process);
}

STAND_IN void process_get(struct process *process)
{
	refcount_get(&process->refs);
}

STAND_IN void process_put(struct process *process)
{
	if (!refcount_put(&process->refs))
		return;
	pid_put(process->job.group);
	pid_put(process->job.session);
	pid_put(process->pid);
	free(process);
}

/* ---- signals, usage ---- */

STAND_IN int signal_send_group(struct pid *group, int signal)
{
	if (unit_group_signalled)
		unit_group_signalled(group, signal);
	return 0;
}

STAND_IN int signal_send_process(struct process *process, const siginfo_t *info)
{
	if (unit_parent_signalled)
		unit_parent_signalled(process, info);
	return 0;
}

STAND_IN uid_t process_uid(struct process *process)
{
	return 0;
}

/* Each process has had one fault. */
STAND_IN void process_usage_get(struct process *process, struct process_usage *usage)
{
	*usage = (struct process_usage){.faults_minor = 1};
}

STAND_IN void process_usage_add(struct process_usage *to, const struct process_usage *from)
{
	to->faults_minor += from->faults_minor;
}
