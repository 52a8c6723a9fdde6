// SPDX-License-Identifier: MIT
/*
 * exit.c -- the end of a thread, and with the last thread the end of its process.
 *
 * Idea. A thread gives back what it holds: it wakes its joiners, releases its memory and its
 *   descriptors; then it leaves the process. The last one makes the process a zombie: its children
 *   get init (or the nearest subreaper) as parent, its parent is notified, and wait4 reaps it. The
 *   thread's stack is freed by the scheduler, after the switch to another thread.
 * Invariants.
 *   E1  threads.nr_live counts threads whose `exiting` is false; the one that brings it to 0 is the
 *       last, and is the only one to tear down what belongs to the whole process.
 *   E2  A zombie has no threads, no children and no timers.
 *   E3  init_process never becomes a zombie: the machine stops first.
 * Locks. process_tree over the step from alive to zombie, so that the parent sees all or nothing;
 *   process->lock inside.
 */
#define LOG_SUBSYS "process"
#include "proc/exit.h"
#include "arch/arch_platform.h"
#include "core/assert.h"
#include "core/cmdline.h"
#include "core/log.h"
#include "proc/fork.h"
#include "proc/futex.h"
#include "proc/out_of_memory.h"
#include "proc/process_internal.h"
#include "proc/session.h"
#include "proc/usage.h"
#include "ptimer/posix_timer.h"
#include "signal/signal_handlers.h"
#include "trace/trace.h"
#include "vfs/file/fdtable.h"
#include "vfs/name/fs_context.h"
#include "vm/user_copy.h"

/* With process_tree held: */
#define REPARENTED_AT_ONCE 16U /* children */
#define GROUPS_AT_ONCE 4       /* that lose a link to their session by it */
#define ANCESTORS_AT_ONCE 256U /* looked at for a new parent of the children */
#define TICKS_PER_SECOND 100   /* of si_utime, times(2): USER_HZ */

/* siginfo about a child, to its parent. Locks: process_tree held. */
static void fill_child_info(struct process *child, siginfo_t *info, int code, int status)
{
	struct process_usage usage;

	assert_process_tree_held();
	*info = (siginfo_t){.si_signo = SIGCHLD, .si_code = code};
	info->si_pid = process_id(child);
	info->si_uid = process_uid(child);
	info->si_status = status;
	process_usage_get(child, &usage);
	info->si_utime = (long)(usage.user_ns / (NS_PER_SECOND / TICKS_PER_SECOND));
	info->si_stime = (long)(usage.system_ns / (NS_PER_SECOND / TICKS_PER_SECOND));
}

static struct kernel_sigaction action_of(struct process *process, int signal)
{
	irq_state_t state = spin_lock_irq_save(&process->lock);
	struct signal_handlers *handlers = process->signals.handlers;
	struct kernel_sigaction action;

	spin_lock(&handlers->lock);
	action = signal_action(handlers, signal);
	spin_unlock(&handlers->lock);
	spin_unlock_irq_restore(&process->lock, state);
	return action;
}

/* The parent of @process, referenced, or NULL. Locks: process_tree held. */
static struct process *get_parent(const struct process *process)
{
	assert_process_tree_held();
	if (process->tree.parent)
		process_get(process->tree.parent);
	return process->tree.parent;
}

/*
 * Wake the threads of @parent (may be NULL; the reference is put) that wait for a child. There may
 * be thousands, so: no locks held.
 */
static void wake_parent(struct process *parent)
{
	if (!parent)
		return;
	waitq_wake_all(&parent->tree.child_exit);
	process_put(parent);
}

void process_notify_parent_stop(struct process *process, int code)
{
	struct kernel_sigaction action;
	struct process *parent;
	siginfo_t info;

	process_tree_lock();
	parent = get_parent(process);
	if (parent) {
		action = action_of(parent, SIGCHLD);
		/* Without its lock: a later stop may have begun, then that one's signal is told. */
		fill_child_info(process, &info, code,
				code == CLD_STOPPED ? READ_ONCE(process->stop.signal) : SIGCONT);
		if (action.handler != (u64)SIG_IGN && !(action.flags & SA_NOCLDSTOP))
			ignore_result(signal_send_process(parent, &info), "the bit is enough");
	}
	process_tree_unlock();
	wake_parent(parent);
}

/*
 * Notify the parent of a zombie. True: the parent will not wait for it. Locks: process_tree held;
 * when it has been released the caller wakes the threads that wait.
 */
static bool notify_parent_exit(struct process *process)
{
	struct process *parent = process->tree.parent;
	int signal = process->tree.exit_signal;
	bool autoreap = false, ignored = false;
	struct kernel_sigaction action;
	siginfo_t info;

	assert_process_tree_held();
	/*
	 * The program that asked for another signal is gone; the one in its place may have rights.
	 */
	if (process->tree.parent_program != parent->tree.nr_execs)
		signal = SIGCHLD;
	if (signal == SIGCHLD) {
		action = action_of(parent, SIGCHLD);
		ignored = action.handler == (u64)SIG_IGN;
		autoreap = ignored || (action.flags & SA_NOCLDWAIT);
	}
	if (signal > 0 && signal <= SIGNAL_MAX && !ignored) { /* clone(2) takes any number */
		int status = process->tree.exit_status;

		if (status & 0x7f)
			fill_child_info(process, &info, CLD_KILLED, status & 0x7f);
		else
			fill_child_info(process, &info, CLD_EXITED, status >> 8);
		info.si_signo = signal;
		ignore_result(signal_send_process(parent, &info), "the bit is enough");
	}
	return autoreap;
}

void process_release_zombie(struct process *process)
{
	assert_process_tree_held();
	debug_assert(process->tree.state == PROCESS_ZOMBIE && process != init_process); /* E3 */
	debug_assert(!process->threads.nr && list_is_empty(&process->tree.children));	/* E2 */
	process->tree.state = PROCESS_REAPED;
	process_end_task(process);
	TRACE(process_reap, 0, (u64)process_id(process), (u64)process->tree.exit_status);
	pid_set_process(process->pid, NULL);
	process_set_parent(process, NULL);
	list_remove(&process->tree.sibling);
	session_leave(process);
}

/* What is left to do after changes in the family, when process_tree has been released. */
struct family_work {
	struct list_node dead; /* zombies that no parent waits for, by process.tree.sibling */
	struct pid *groups[GROUPS_AT_ONCE]; /* referenced: orphaned now, perhaps */
	unsigned nr_groups;
	/* referenced: up to where the search for a new parent has come, or what it found; NULL */
	struct process *ancestor;
	struct process *passed; /* referenced: the ancestor before that; NULL */
	bool wakes;		/* the new parent got zombies */
};

static void family_work_init(struct family_work *work)
{
	*work = (struct family_work){.nr_groups = 0};
	list_init(&work->dead);
}

static bool family_work_is_done(const struct family_work *work)
{
	return !work->nr_groups && list_is_empty(&work->dead) && !work->ancestor && !work->passed;
}

/* No locks held. @all: the search for a new parent will not go on. */
static void family_work_do(struct family_work *work, bool all)
{
	struct list_node *node;

	while (work->nr_groups)
		session_hang_up_if_orphaned(work->groups[--work->nr_groups]);
	while ((node = list_pop_first(&work->dead)))
		process_put(list_entry(node, struct process, tree.sibling));
	if (work->wakes)
		waitq_wake_all(&work->ancestor->tree.child_exit);
	work->wakes = false;
	if (work->passed)
		process_put(work->passed);
	work->passed = NULL;
	if (!all || !work->ancestor)
		return;
	process_put(work->ancestor);
	work->ancestor = NULL;
}

static bool takes_orphans(const struct process *p)
{
	return p == init_process ||
	       (READ_ONCE(p->attributes.child_subreaper) && p->tree.state == PROCESS_ALIVE);
}

/*
 * The nearest ancestor that takes the children, or NULL: the search goes on from work->ancestor
 * when process_tree has been released. An ancestor that dies meanwhile leaves its descendants to
 * its own ancestors, so one that was reached still leads to the right one, unless it is reaped.
 */
static struct process *find_reaper(struct process *process, struct family_work *work)
{
	struct process *p = work->ancestor;

	assert_process_tree_held();
	debug_assert(!work->passed);
	if (!p || p->tree.state == PROCESS_REAPED)
		p = process->tree.parent;
	for (unsigned n = 0; n < ANCESTORS_AT_ONCE && !takes_orphans(p); n++)
		p = p->tree.parent;
	if (p != work->ancestor) {
		work->passed = work->ancestor;
		work->ancestor = p;
		process_get(p);
	}
	return takes_orphans(p) ? p : NULL;
}

/* @child has lost @parent, which may have been what linked its group to the session. */
static void note_group(struct family_work *work, const struct process *child,
		       const struct process *parent)
{
	struct pid *group = session_group_linked_by(child, parent);

	if (!group || (work->nr_groups && work->groups[work->nr_groups - 1] == group))
		return;
	pid_get(group);
	work->groups[work->nr_groups++] = group;
}

/*
 * Give some children away: true when none is left. Locks: process_tree held; when it has been
 * released family_work_do() does the rest.
 */
static bool reparent_some(struct process *process, struct family_work *work)
{
	struct process *reaper, *child;

	assert_process_tree_held();
	if (list_is_empty(&process->tree.children))
		return true;
	reaper = find_reaper(process, work);
	if (!reaper)
		return false;
	for (unsigned n = 0; n < REPARENTED_AT_ONCE && work->nr_groups < GROUPS_AT_ONCE &&
			     !list_is_empty(&process->tree.children);
	     n++) {
		child = list_first_entry(&process->tree.children, struct process, tree.sibling);
		list_remove(&child->tree.sibling);
		process_set_parent(child, reaper);
		list_add_last(&reaper->tree.children, &child->tree.sibling);
		child->tree.exit_signal = SIGCHLD;
		if (child->attributes.parent_death_signal && child->tree.state == PROCESS_ALIVE)
			signal_send_kernel(child, child->attributes.parent_death_signal);
		work->wakes |= child->tree.state == PROCESS_ZOMBIE;
		if (child->tree.state == PROCESS_ZOMBIE && notify_parent_exit(child)) {
			process_release_zombie(child);
			list_add_last(&work->dead, &child->tree.sibling);
		} else {
			note_group(work, child, process);
		}
	}
	return list_is_empty(&process->tree.children);
}

/* Locks: process_tree held. True: the caller is to put the tree's reference. */
static bool become_zombie(struct process *process)
{
	irq_state_t state;

	assert_process_tree_held();
	debug_assert(list_is_empty(&process->tree.children) && !process->threads.nr); /* E2 */
	state = spin_lock_irq_save(&process->lock);
	if (process->exit.group_exiting)
		process->tree.exit_status = process->exit.group_status;
	WRITE_ONCE(process->stop.flags, 0);
	process->stop.active = false;
	spin_unlock_irq_restore(&process->lock, state);
	process->tree.state = PROCESS_ZOMBIE;
	if (!notify_parent_exit(process))
		return false;
	process_release_zombie(process);
	return true;
}

/*
 * Take process_tree when @process has no children any more: given away some at a time, as there may
 * be thousands; meanwhile they make others (CLONE_PARENT). Not @last: it keeps them while it has
 * other threads.
 */
static void lock_tree_childless(struct process *process, bool last) NO_LOCK_ANALYSIS
{
	struct family_work work;
	bool done;

	family_work_init(&work);
	for (;;) {
		process_tree_lock();
		done = (!last && process->threads.nr > 1) || reparent_some(process, &work);
		if (done && family_work_is_done(&work))
			return;
		process_tree_unlock();
		family_work_do(&work, done);
	}
}

/*
 * In the last thread, before the parent hears of the end: the children go, and the process's group
 * loses the link that the process was.
 */
static void leave_family(struct process *process) NO_LOCK_ANALYSIS
{
	struct family_work work;

	family_work_init(&work);
	lock_tree_childless(process, true);
	process->job.links_no_group = true;
	note_group(&work, process, process->tree.parent);
	process_tree_unlock();
	family_work_do(&work, true);
}

/* Take the thread out of its process. */
static void leave_process(struct user_thread *t) NO_LOCK_ANALYSIS
{
	struct process *process = t->thread.process, *parent = NULL;
	struct user_thread *waiter;
	bool put_process = false, is_last;
	irq_state_t state;

	lock_tree_childless(process, false);
	sched_will_sleep(); /* for ever: the parent may have this CPU */
	state = spin_lock_irq_save(&process->lock);
	process_unlink_thread_locked(process, t);
	if (process->threads.leader == t) {
		process->threads.leader = NULL;
		process->tree.exit_status = t->exit_status;
	}
	waiter = process->exit.exec_thread;
	spin_unlock_irq_restore(&process->lock, state);
	if (t->tid_pid->thread == t)
		pid_set_thread(t->tid_pid, NULL);
	process->threads.nr--;
	user_thread_end_task(t, !process->threads.nr);
	if (!process->threads.nr) {
		parent = get_parent(process);
		put_process = become_zombie(process);
	} else if (waiter && process->threads.nr == 1) {
		sched_wake(&waiter->thread);
	}
	is_last = !process->threads.nr;
	process_tree_unlock();
	wake_parent(parent);
	if (is_last)
		process_memory_victim_ended(process);
	if (put_process)
		process_put(process);
}

/* The thread counts as exiting from now on. True for the last one. E1 */
static bool begin_exit(struct user_thread *t, int status)
{
	struct process *process = t->thread.process;
	irq_state_t state = spin_lock_irq_save(&process->lock);
	bool last, stopped = false;

	debug_assert(!t->exiting && process->threads.nr_live); /* E1 */
	WRITE_ONCE(t->exiting, true); /* /proc looks at it without the lock */
	t->exit_status = process->exit.group_exiting ? process->exit.group_status : status;
	last = --process->threads.nr_live == 0;
	if (unlikely(process->exit.kill_next))
		process_kill_more_locked(process);
	if (!last) {
		signal_retarget_locked(t, ~t->signals.blocked);
		/* The others may all be stopped already, and this one was the last to stop. */
		if (process->stop.active && process->stop.nr_stopped == process->threads.nr_live) {
			WRITE_ONCE(process->stop.flags, PROCESS_STOP_REPORT);
			stopped = true;
		}
	}
	spin_unlock_irq_restore(&process->lock, state);
	if (stopped)
		process_notify_parent_stop(process, CLD_STOPPED);
	return last;
}

static void release_memory(struct user_thread *t, bool last)
{
	struct process *process = t->thread.process;
	struct vm_map *map = t->thread.vm;
	irq_state_t state;

	if (!map)
		return;
	if (!last)
		sched_will_sleep(); /* a thread that joins this one may have its CPU */
	user_thread_leave_memory(t);
	if (last && !process->borrows_memory)
		usage_collect_map(process, map);
	state = spin_lock_irq_save(&process->lock);
	vm_map_activate(NULL);
	spin_unlock_irq_restore(&process->lock, state);
	vm_map_put(map);
}

void user_thread_leave_memory(struct user_thread *t)
{
	if (t->robust_list)
		futex_exit_robust(t);
	t->robust_list = NULL;
	if (t->clear_child_tid) {
		/* If no other thread uses the memory, none waits for the word. */
		if (refcount_read(&t->thread.vm->users) > 1 &&
		    !put_user_u32(0, (u32 __user *)t->clear_child_tid))
			futex_wake((u32 __user *)t->clear_child_tid, 1, ~0U, FUTEX_SHARED_FLAG);
		t->clear_child_tid = NULL;
	}
	process_vfork_done(t);
}

static void release_files(struct user_thread *t)
{
	struct process *process = t->thread.process;
	struct fdtable *files = t->thread.files;
	struct fs_context *fs = t->thread.fs;
	irq_state_t state = spin_lock_irq_save(&process->lock);

	t->thread.files = NULL;
	spin_unlock_irq_restore(&process->lock, state);
	/* Closing a file may look at names, so the context goes last. */
	if (files)
		fdtable_put(files);
	state = spin_lock_irq_save(&process->lock);
	t->thread.fs = NULL;
	spin_unlock_irq_restore(&process->lock, state);
	if (fs)
		fs_context_leave(fs);
}

/* E3 */
static _Noreturn __cold void init_died(int status)
{
	if (cmdline_has("init_exit_poweroff")) {
		log_info("init ended (status %x): powering off", (unsigned)status);
		arch_machine_poweroff();
	}
	panic("init died (status %x)", (unsigned)status);
}

_Noreturn void thread_exit_user(int status)
{
	struct user_thread *t = current_user_thread();
	struct process *process = t->thread.process;
	bool last = begin_exit(t, status);

	TRACE(thread_exit, 0, (u64)t->thread.tid, (u64)process_id(process), (u64)t->exit_status);
	if (last)
		TRACE(process_exit, 0, (u64)process_id(process), (u64)t->exit_status);
	if (unlikely(last && process == init_process))
		init_died(t->exit_status);
	release_memory(t, last);
	if (last) {
		itimer_stop(process);
		posix_timer_delete_all(process);
	}
	release_files(t);
	if (last && process->job.is_session_leader)
		session_leader_exits(process);
	/* Nothing is added to either queue any more: t->exiting, and threads.nr_live is 0. */
	signal_queue_drop_all(process, &t->signals.pending);
	if (last) {
		signal_queue_drop_all(process, &process->signals.pending);
		leave_family(process);
	}
	leave_process(t);
	sched_exit();
}

_Noreturn void process_exit_group(int status)
{
	struct process *process = current_process();
	irq_state_t state = spin_lock_irq_save(&process->lock);

	if (process->threads.nr_live > 1)
		process_kill_locked(process, status);
	else if (!process->exit.group_exiting) {
		process->exit.group_exiting = true;
		process->exit.group_status = status;
	}
	spin_unlock_irq_restore(&process->lock, state);
	thread_exit_user(status);
}

static bool is_alone(struct user_thread *t)
{
	struct process *process = t->thread.process;
	irq_state_t state = spin_lock_irq_save(&process->lock);
	bool alone = list_has_one(&process->threads.list);

	spin_unlock_irq_restore(&process->lock, state);
	return alone;
}

/* The thread that has called exec takes over the process's number. */
static void take_over_leader(struct user_thread *t)
{
	struct process *process = t->thread.process;
	struct pid *own = t->tid_pid;
	irq_state_t state;

	process_tree_lock();
	pid_set_thread(own, NULL);
	t->tid_pid = process->pid;
	t->owns_tid_pid = false;
	t->thread.tid = process->pid->number;
	pid_set_thread(process->pid, t);
	state = spin_lock_irq_save(&process->lock);
	process->threads.leader = t;
	process->tree.exit_status = 0;
	spin_unlock_irq_restore(&process->lock, state);
	pid_put_locked(own);
	process_tree_unlock();
}

int process_become_single(void)
{
	struct user_thread *t = current_user_thread();
	struct process *process = t->thread.process;
	irq_state_t state = spin_lock_irq_save(&process->lock);
	bool killed = false;

	if (process->exit.group_exiting || process->exit.exec_thread) {
		spin_unlock_irq_restore(&process->lock, state);
		return -EAGAIN;
	}
	if (!list_has_one(&process->threads.list)) {
		process->exit.exec_thread = t;
		process_kill_begin_locked(process);
		spin_unlock_irq_restore(&process->lock, state);
		for (;;) {
			sched_sleep_prepare(THREAD_KILLABLE);
			if (is_alone(t) || killed)
				break;
			killed = sched_sleep(DEADLINE_NEVER) == -EINTR;
		}
		sched_sleep_finish();
		state = spin_lock_irq_save(&process->lock);
		process->exit.exec_thread = NULL;
		if (!process->exit.group_exiting)
			process->exit.kill_next = NULL;
		killed = !list_has_one(&process->threads.list);
	}
	spin_unlock_irq_restore(&process->lock, state);
	if (killed)
		return -EAGAIN;
	if (t->owns_tid_pid)
		take_over_leader(t);
	return 0;
}
