// SPDX-License-Identifier: MIT
#include "unit_family.h"
#include "unit_test.h"

#include "host_arch.h"
#include "proc/out_of_memory.h"
#include "ptimer/posix_timer.h"
#include "unit_heap.h"

/* What is for processes with memory, files or other threads, or for the end of init. */
#define NOT_REACHED(function)                                                                      \
	__asm__(".pushsection .text." #function ", \"ax\"\n.globl " #function "\n" #function       \
		": lea 1f(%rip), %rdi; jmp not_reached; 1: .asciz \"" #function "\"\n.popsection")

static __attribute__((used)) void not_reached(const char *function)
{
	fprintf(stderr, "%s: a test that comes here needs the real one\n", function);
	abort();
}

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

/* What is done once for a process between its end and its last reference. */
#define ENDS_ITIMERS 1U
#define ENDS_TIMERS 2U
#define DROPS_OWN_SIGNALS 4U
#define DROPS_SHARED_SIGNALS 8U
#define ENDS_TASK 16U
#define ENDS_AS_VICTIM 32U
#define IS_REAPED 64U

/* One that the test makes. */
struct unit_process {
	struct process process;
	struct signal_handlers handlers;
	unsigned done; /* of the above */
};

struct process *init_process;
static struct pid boot_group; /* as on Linux, init is in group and session 0 */
static jmp_buf end_of_thread;
void (*unit_group_signalled)(struct pid *group, int signal);
void (*unit_parent_signalled)(struct process *parent, const siginfo_t *info);

void process_unlink_thread_locked(struct process *process, struct user_thread *t)
{
	list_remove_init(&t->process_node);
}

/* @what is done for @process, once, and after @before. */
static void is_done(struct process *process, unsigned what, unsigned before)
{
	struct unit_process *unit = container_of(process, struct unit_process, process);

	assert_int_equal(unit->done & (what | before), before);
	unit->done |= what;
}

void itimer_stop(struct process *process)
{
	assert_int_equal(process->tree.state, PROCESS_ALIVE);
	is_done(process, ENDS_ITIMERS, 0);
}

void posix_timer_delete_all(struct process *process)
{
	assert_int_equal(process->tree.state, PROCESS_ALIVE);
	is_done(process, ENDS_TIMERS, 0);
}

/* When no timer adds to it any more. */
void signal_queue_drop_all(struct process *process, struct signal_queue *queue)
{
	bool is_shared = queue == &process->signals.pending;

	assert_true(is_shared || queue == &process->threads.leader->signals.pending);
	is_done(process, is_shared ? DROPS_SHARED_SIGNALS : DROPS_OWN_SIGNALS,
		ENDS_ITIMERS | ENDS_TIMERS);
}

void user_thread_end_task(struct user_thread *t, bool is_last)
{
	assert_process_tree_held();
	assert_true(is_last);
	is_done(t->thread.process, ENDS_TASK, DROPS_OWN_SIGNALS | DROPS_SHARED_SIGNALS);
}

void process_end_task(struct process *process)
{
	assert_process_tree_held();
	is_done(process, IS_REAPED, ENDS_TASK);
}

void process_memory_victim_ended(struct process *process)
{
	assert_int_not_equal(process->tree.state, PROCESS_ALIVE);
	is_done(process, ENDS_AS_VICTIM, ENDS_TASK);
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

void sched_exit(void)
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

void process_get(struct process *process)
{
	refcount_get(&process->refs);
}

void process_put(struct process *process)
{
	if (!refcount_put(&process->refs))
		return;
	if (process != init_process)
		is_done(process, 0, IS_REAPED | ENDS_AS_VICTIM);
	pid_put(process->job.group);
	pid_put(process->job.session);
	pid_put(process->pid);
	free(process);
}

/* ---- signals, usage ---- */

int signal_send_group(struct pid *group, int signal)
{
	if (unit_group_signalled)
		unit_group_signalled(group, signal);
	return 0;
}

int signal_send_process(struct process *process, const siginfo_t *info)
{
	if (unit_parent_signalled)
		unit_parent_signalled(process, info);
	return 0;
}

uid_t process_uid(struct process *process)
{
	return 0;
}

/* Each process has had one fault. */
void process_usage_get(struct process *process, struct process_usage *usage)
{
	*usage = (struct process_usage){.faults_minor = 1};
}

void process_usage_add(struct process_usage *to, const struct process_usage *from)
{
	to->faults_minor += from->faults_minor;
}
