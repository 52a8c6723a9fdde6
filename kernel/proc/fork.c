// SPDX-License-Identifier: MIT
/*
 * fork.c -- one thread makes another: fork, vfork, clone, clone3 are all process_clone.
 *
 * Idea. Create the new thread (and, for a new process, what it owns) unpublished; copy or share
 *   each part as the flags say; only when nothing can fail any more link it into the tree and make
 *   it ready. The child begins by returning from the same system call with 0.
 * Invariants.
 *   K1  Until link_child() the child cannot be found; up to there a failure undoes everything.
 *   K2  A signal for the parent's group either finds the child in the group or makes the fork
 *       restart: the child is linked, behind all other members, in the section of process_tree
 *       that looks for signals, and a walk through the group takes process_tree for each step.
 *   K3  A process that ends or changes its program gets no new threads: decided under
 *       process->lock.
 * Locks. None while things are copied; process_tree, process->lock to link.
 * Cost. Four or five objects from caches, a kernel stack, and the copy of the address space
 *   (vm_map_fork), which is most of it.
 */
#include "proc/fork.h"
#include "arch/arch_thread.h"
#include "core/assert.h"
#include "core/errno.h"
#include "core/shortage.h"
#include "lib/refcount.h"
#include "lib/string.h"
#include "mm/account.h"
#include "proc/process_internal.h"
#include "proc/rlimit.h"
#include "proc/session.h"
#include "sched/sched_params.h"
#include "signal/signal_handlers.h"
#include "trace/trace.h"
#include "vfs/cred.h"
#include "vfs/file/fdtable.h"
#include "vfs/name/fs_context.h"
#include "vm/user_copy.h"

#include <linux/sched.h>

#define CLONE_NAMESPACES                                                                           \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
	 CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)

static int check_flags(u64 flags)
{
	if ((flags & CLONE_FS) && (flags & (CLONE_NEWNS | CLONE_NEWUSER)))
		return -EINVAL;
	if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) && (flags & CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_PARENT) && current_process() == init_process)
		return -EINVAL;
	if (flags & CLONE_NAMESPACES)
		return capable(CAP_SYS_ADMIN) ? -EINVAL : -EPERM;
	return flags & (CLONE_PIDFD | CLONE_INTO_CGROUP) ? -EINVAL : 0;
}

/* How many tasks the current user may have: RLIMIT_NPROC, which does not bind the privileged. */
static u64 user_task_limit(void)
{
	const struct cred *cred = cred_current();

	if (!cred->uid || capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN))
		return USER_NO_LIMIT;
	return rlimit_soft(current_process(), RLIMIT_NPROC);
}

/* How many threads there may be; the last sixteenth is reserved for root. */
static unsigned threads_allowed(void)
{
	unsigned limit = process_thread_limit();

	return capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN) ? limit : limit - limit / 16;
}

static int copy_signals(struct process *child, struct process *parent, u64 flags)
{
	struct signal_handlers *from = parent->signals.handlers, *to;
	irq_state_t state;

	if (flags & CLONE_SIGHAND) {
		refcount_get(&from->refs);
		child->signals.handlers = from;
		return 0;
	}
	to = signal_handlers_alloc();
	if (!to)
		return -ENOMEM;
	state = spin_lock_irq_save(&from->lock);
	signal_handlers_copy(to, from);
	spin_unlock_irq_restore(&from->lock, state);
	if (flags & CLONE_CLEAR_SIGHAND)
		signal_handlers_reset(to);
	child->signals.handlers = to;
	return 0;
}

/* A process like @parent, without threads and not in the tree. */
static int copy_process(struct process *parent, struct account *account, u64 flags,
			struct process **out)
{
	struct process *child = process_alloc();
	irq_state_t state;
	int err = -ENOMEM;

	if (!child)
		return -ENOMEM;
	account_get(account);
	child->account = account;
	if (copy_signals(child, parent, flags))
		goto out_child;
	err = pid_alloc(&child->pid);
	if (err)
		goto out_child;
	account->process_id = process_id(child);
	state = spin_lock_irq_save(&parent->lock);
	child->limits = parent->limits;
	memcpy(child->executable_name, parent->executable_name, sizeof(child->executable_name));
	child->attributes.dumpable = parent->attributes.dumpable;
	child->attributes.no_new_privileges = parent->attributes.no_new_privileges;
	child->attributes.oom_score_adjust = parent->attributes.oom_score_adjust;
	child->attributes.personality = parent->attributes.personality;
	spin_unlock_irq_restore(&parent->lock, state);
	if (unlikely(child->limits.table[RLIMIT_CPU].rlim_cur != RLIM_INFINITY))
		child->timers.cpu_limit_ns =
			clock_ns_of_seconds(max(child->limits.table[RLIMIT_CPU].rlim_cur, 1UL));
	child->borrows_memory = flags & CLONE_VM;
	child->cred = cred_current();
	cred_get(child->cred);
	*out = child;
	return 0;

out_child:
	process_put(child);
	return err;
}

static int copy_files(struct user_thread *t, const struct user_thread *parent, u64 flags)
{
	if (flags & CLONE_FILES) {
		fdtable_get(parent->thread.files);
		t->thread.files = parent->thread.files;
	} else if (fdtable_copy(parent->thread.files, &t->thread.files)) {
		return -ENOMEM;
	}
	if (flags & CLONE_FS) {
		fs_context_share(parent->thread.fs);
		t->thread.fs = parent->thread.fs;
		return 0;
	}
	return fs_context_copy(parent->thread.fs, &t->thread.fs);
}

static int copy_memory(struct user_thread *t, const struct user_thread *parent, u64 flags)
{
	struct vm_map *map = parent->thread.vm;
	int err = 0;

	if (flags & CLONE_VM)
		vm_map_get(map);
	else
		err = vm_map_fork(map, &map);
	if (err)
		return err;
	t->thread.vm = map;
	t->thread.pagetable = &map->pagetable;
	return 0;
}

static void copy_signal_state(struct user_thread *t, const struct user_thread *parent, u64 flags)
{
	t->signals.blocked = parent->signals.blocked;
	t->timer_slack_ns = parent->timer_slack_ns;
	/* A child that runs at the same time in the same memory cannot use our signal stack. */
	if ((flags & (CLONE_VM | CLONE_VFORK)) != CLONE_VM)
		t->altstack = parent->altstack;
}

/* Free a child that was never published. K1 */
static void abandon(struct user_thread *t)
{
	if (t->thread.vm)
		vm_map_put(t->thread.vm);
	t->thread.vm = NULL;
	t->thread.pagetable = NULL;
	if (t->thread.files)
		fdtable_put(t->thread.files);
	if (t->thread.fs)
		fs_context_leave(t->thread.fs);
	user_thread_put(t);
}

/* A thread of @process like the current one, complete but not linked into the tree. */
static int copy_thread(struct trap_frame *frame, const struct clone_request *request,
		       struct process *process, struct user_thread **out)
{
	struct user_thread *parent = current_user_thread(), *t = user_thread_alloc("");
	int err;

	if (!t)
		return -ENOMEM;
	thread_name_get(&parent->thread, t->thread.name); /* nobody else knows it yet */
	/* @t is counted already: of two forks at the limit at most one succeeds. */
	if (thread_count() > threads_allowed()) {
		user_thread_put(t);
		return -EAGAIN;
	}
	err = user_thread_join(t, process, cred_current(), user_task_limit());
	if (err) {
		user_thread_put(t);
		return err;
	}
	err = sched_inherit(&t->thread, &parent->thread);
	copy_signal_state(t, parent, request->flags);
	if (!(request->flags & CLONE_THREAD)) {
		t->tid_pid = process->pid;
	} else if (!err) {
		err = pid_alloc(&t->tid_pid);
		t->owns_tid_pid = !err;
	}
	if (!err)
		err = copy_files(t, parent, request->flags);
	if (!err)
		err = copy_memory(t, parent, request->flags);
	if (!err)
		err = arch_thread_init_user(&t->thread, &parent->thread, frame,
					    request->stack_pointer,
					    request->flags & CLONE_SETTLS ? &request->tls : NULL);
	if (err) {
		abandon(t);
		return err;
	}
	t->thread.tid = t->tid_pid->number;
	if (request->flags & CLONE_CHILD_CLEARTID)
		t->clear_child_tid = request->child_tid;
	if (request->flags & CLONE_CHILD_SETTID) {
		t->set_child_tid = request->child_tid;
		thread_work_set(&t->thread, WORK_NOTIFY);
	}
	*out = t;
	return 0;
}

/* Into its process's list. K3. Locks: process_tree held. */
static int link_thread(struct user_thread *t)
{
	struct process *process = t->thread.process;
	irq_state_t state = spin_lock_irq_save(&process->lock);
	int err = 0;

	assert_process_tree_held();
	debug_assert(t->thread.state == THREAD_NEW); /* K1 */
	if (process->exit.group_exiting || process->exit.exec_thread) {
		err = -ERESTARTNOINTR;
	} else {
		list_add_last(&process->threads.list, &t->process_node);
		process->threads.nr++;
		process->threads.nr_live++;
		if (process->stop.active)
			thread_work_set(&t->thread, WORK_SIGNAL);
		pid_set_thread(t->tid_pid, t);
	}
	spin_unlock_irq_restore(&process->lock, state);
	return err;
}

/* Into the family. K2. Locks: process_tree held. */
static int link_process(struct process *child, const struct clone_request *request)
{
	struct process *me = current_process();
	struct process *parent = request->flags & CLONE_PARENT ? me->tree.parent : me;

	assert_process_tree_held();
	if (thread_signal_pending(current_thread()))
		return -ERESTARTNOINTR;
	session_join(child, me->job.group, me->job.session);
	if (request->flags & CLONE_PARENT) {
		child->tree.exit_signal = me->tree.exit_signal;
		child->tree.parent_program = me->tree.parent_program;
	} else {
		child->tree.exit_signal = request->exit_signal;
		child->tree.parent_program = me->tree.nr_execs;
	}
	child->job.tty_round = me->job.tty_round;
	process_set_parent(child, parent);
	list_add_last(&parent->tree.children, &child->tree.sibling);
	return 0;
}

static int link_child(struct user_thread *t, const struct clone_request *request)
{
	struct process *process = t->thread.process;
	int err = 0;

	process_tree_lock();
	if (!(request->flags & CLONE_THREAD)) {
		err = link_process(process, request);
		process->threads.leader = t;
	}
	if (!err)
		err = link_thread(t);
	/* Last: those who find it take no lock, and signal only a process with a live thread. */
	if (!err && !(request->flags & CLONE_THREAD))
		pid_set_process(process->pid, process);
	process_tree_unlock();
	return err;
}

static __cold __noinline void trace_made(const struct user_thread *t,
					 const struct clone_request *request)
{
	const struct trap_frame *frame = arch_thread_user_frame(&t->thread);
	u64 tid = (u64)t->thread.tid, pid = (u64)process_id(t->thread.process);
	char name[THREAD_NAME_SIZE];

	thread_name_get(&t->thread, name);
	if (request->flags & CLONE_THREAD)
		TRACE(thread_create, 0, tid, pid);
	else
		TRACE(process_create, 0, pid, (u64)t->thread.process->tree.parent_id, tid);
	TRACE(thread_name, 0, tid, pid, trace_text(name, 0), trace_text(name, 1));
	TRACE(kernel_stack_fill, 0, tid, (u64)frame, frame_ip(frame), frame_sp(frame));
}

void process_vfork_done(struct user_thread *t)
{
	struct process *process = t->thread.process;
	struct process_vfork *vfork;
	irq_state_t state;

	if (!READ_ONCE(t->vfork))
		return;
	state = spin_lock_irq_save(&process->lock);
	vfork = t->vfork;
	t->vfork = NULL;
	if (vfork) {
		vfork->done = true;
		sched_wake(vfork->parent);
	}
	spin_unlock_irq_restore(&process->lock, state);
}

static void wait_for_vfork(struct user_thread *child, struct process_vfork *vfork)
{
	irq_state_t state;
	int err = 0;

	for (;;) {
		sched_sleep_prepare(THREAD_KILLABLE);
		if (READ_ONCE(vfork->done) || err)
			break;
		err = sched_sleep(DEADLINE_NEVER);
	}
	sched_sleep_finish();
	/* The waker uses this frame under the lock: with the lock held it is done with it. */
	state = spin_lock_irq_save(&child->thread.process->lock);
	child->vfork = NULL;
	spin_unlock_irq_restore(&child->thread.process->lock, state);
}

/*
 * A child that is not linked yet: a thread, and with it a process, if one is asked for. -ENOMEM;
 * -EAGAIN: too many threads; -EBUSY: sched_inherit().
 */
static int copy_all(struct trap_frame *frame, const struct clone_request *request,
		    struct account *account, struct user_thread **out)
{
	struct process *me = current_process(), *process = me;
	bool is_process = !(request->flags & CLONE_THREAD);
	int err = is_process ? copy_process(me, account, request->flags, &process) : 0;

	if (err)
		return err;
	err = copy_thread(frame, request, process, out);
	if (err && is_process)
		process_put(process);
	return err;
}

/* copy_all(), the memory of a new process charged to an account of its own. */
static int copy_charged(struct trap_frame *frame, const struct clone_request *request,
			struct user_thread **out)
{
	struct account *account, *before;
	int err;

	if (request->flags & CLONE_THREAD)
		return copy_all(frame, request, NULL, out);
	before = account_current();
	account = account_create(account_box(before), cred_current()->user, 0);
	if (!account)
		return -ENOMEM;
	account->privileged = cred_may_use_reserve(cred_current());
	account_enter(account);
	err = copy_all(frame, request, account, out);
	account_leave(before);
	account_put(account);
	return err;
}

static int check_request(const struct clone_request *request)
{
	int err = check_flags(request->flags);

	if (err)
		return err;
	if ((request->flags & CLONE_SETTLS) && request->tls >= USER_TOP)
		return -EPERM;
	return thread_signal_pending(current_thread()) ? -ERESTARTNOINTR : 0;
}

pid_t process_clone(struct trap_frame *frame, const struct clone_request *request)
{
	struct process_vfork vfork = {.parent = current_thread()};
	bool is_process = !(request->flags & CLONE_THREAD);
	struct process *process;
	struct user_thread *t;
	pid_t tid;
	int err = check_request(request);

	if (!err)
		err = copy_charged(frame, request, &t);
	if (err == -ENOMEM || err == -EAGAIN)
		shortage_note(SHORTAGE_THREADS);
	if (err) /* a reserving thread has no children, however many threads there may be */
		return err == -EBUSY ? -EAGAIN : err;
	process = t->thread.process;
	tid = t->tid_pid->number;
	if (request->flags & CLONE_PARENT_SETTID)
		ignore_result(put_user_u32((u32)tid, (u32 __user *)request->parent_tid),
			      "as on Linux, a bad address is not reported");
	if (request->flags & CLONE_VFORK) {
		t->vfork = &vfork;
		user_thread_get(t);
	}
	err = link_child(t, request);
	if (err) {
		if (request->flags & CLONE_VFORK)
			user_thread_put(t);
		abandon(t);
		if (is_process)
			process_put(process);
		return err;
	}
	if (unlikely(trace_on))
		trace_made(t, request);
	if (request->flags & CLONE_VFORK)
		sched_will_sleep();
	sched_start(&t->thread);
	if (request->flags & CLONE_VFORK) {
		wait_for_vfork(t, &vfork);
		user_thread_put(t);
	}
	return tid;
}

int thread_unshare_files(void)
{
	struct user_thread *t = current_user_thread();
	struct fdtable *own, *old = t->thread.files;
	irq_state_t state;
	int err;

	if (refcount_is_one(&old->refs))
		return 0;
	err = fdtable_copy(old, &own);
	if (err)
		return err;
	state = spin_lock_irq_save(&t->thread.process->lock);
	t->thread.files = own;
	spin_unlock_irq_restore(&t->thread.process->lock, state);
	fdtable_put(old);
	return 0;
}
