// SPDX-License-Identifier: MIT
/*
 * session.c -- process groups and sessions: the processes that stop and continue together, and
 * those that share a terminal.
 *
 * Idea. A group and a session are a number (struct pid) with a list of member processes. A group is
 *   orphaned when no member has a parent outside the group but inside the session: no process is
 *   left that would continue its stopped members, so they get SIGHUP and SIGCONT (POSIX.1 3.264,
 *   2.4.3). A group may have thousands of members, so a walk through it releases process_tree
 *   between them (struct group_walk).
 * Invariants.
 *   J1  A link that keeps a group from being orphaned is broken first, under process_tree, and then
 *       the group is walked: of two that break the last two links at a time, one finds none left.
 * Locks. process_tree.
 * Ownership. A process holds references on both numbers as long as it exists; it is a member until
 *   it is reaped.
 */
#include "proc/session.h"
#include "core/assert.h"
#include "proc/process_internal.h"

static void (*leader_exit_hook)(struct process *leader); /* [I] after boot */

void session_set_leader_exit_hook(void (*hook)(struct process *leader))
{
	leader_exit_hook = hook;
}

/* A walk through a group's members, which may come and go. */
struct group_walk {
	struct list_node node;	/* [process_tree] in pid->walks                  */
	struct list_node *last; /* [process_tree] of the last one visited, or the list's head */
};

/* @process leaves its group. Locks: process_tree held. */
static void leave_group(struct process *process)
{
	struct group_walk *walk;

	assert_process_tree_held();
	list_for_each_entry(walk, &process->job.group->walks, node)
		if (walk->last == &process->job.group_node)
			walk->last = process->job.group_node.prev;
	list_remove(&process->job.group_node);
}

/* @group stays referenced until walk_fini(). */
static void walk_begin(struct group_walk *walk, struct pid *group)
{
	process_tree_lock();
	walk->last = &group->members[PID_GROUP];
	list_add_first(&group->walks, &walk->node);
	process_tree_unlock();
}

static void walk_fini(struct group_walk *walk)
{
	process_tree_lock();
	list_remove(&walk->node);
	process_tree_unlock();
}

/* The next member, with a reference, or NULL. */
static struct process *walk_next(struct group_walk *walk, const struct pid *group)
{
	struct process *process = NULL;

	process_tree_lock();
	if (walk->last->next != &group->members[PID_GROUP]) {
		walk->last = walk->last->next;
		process = list_entry(walk->last, struct process, job.group_node);
		process_get(process);
	}
	process_tree_unlock();
	return process;
}

void session_for_each_member(struct pid *group, void (*visit)(struct process *process, void *data),
			     void *data)
{
	struct group_walk walk;
	struct process *process;

	walk_begin(&walk, group);
	/* A bound, in case members join faster than they are visited. */
	for (unsigned n = 0; n < PID_MAX && (process = walk_next(&walk, group)); n++) {
		visit(process, data);
		process_put(process);
	}
	walk_fini(&walk);
}

void session_join(struct process *process, struct pid *group, struct pid *session)
{
	assert_process_tree_held();
	if (process->job.group != group) {
		if (process->job.group)
			leave_group(process);
		list_add_last(&group->members[PID_GROUP], &process->job.group_node);
	}
	if (process->job.session != session) {
		if (process->job.session)
			list_remove(&process->job.session_node);
		list_add_last(&session->members[PID_SESSION], &process->job.session_node);
	}
	pid_get(group);
	pid_get(session);
	if (process->job.group)
		pid_put_locked(process->job.group);
	if (process->job.session)
		pid_put_locked(process->job.session);
	process->job.group = group;
	process->job.session = session;
}

void session_leave(struct process *process)
{
	leave_group(process);
	list_remove(&process->job.session_node);
}

pid_t session_create(void)
{
	struct process *process = current_process();
	pid_t result = -EPERM;

	process_tree_lock();
	/* Not while there is a group with our number. */
	if (list_is_empty(&process->pid->members[PID_GROUP])) {
		session_join(process, process->pid, process->pid);
		process->job.is_session_leader = true;
		process->job.tty_round = 0;
		result = process_id(process);
	}
	process_tree_unlock();
	return result;
}

/*
 * May the current process move @target into group @pgid? Locks: process_tree held. 0 with *group,
 * or an error.
 */
static int check_group_change(struct process *target, pid_t pgid, struct pid **group)
{
	struct process *me = current_process(), *member;

	assert_process_tree_held();
	if (target != me) {
		if (target->tree.parent != me)
			return -ESRCH;
		if (target->job.session != me->job.session)
			return -EPERM;
		if (target->job.has_execed)
			return -EACCES;
	}
	if (target->job.is_session_leader)
		return -EPERM;
	if (pgid == process_id(target)) {
		*group = target->pid;
		return 0;
	}
	*group = pid_find(pgid);
	if (!*group || list_is_empty(&(*group)->members[PID_GROUP]))
		return -EPERM;
	member = list_first_entry(&(*group)->members[PID_GROUP], struct process, job.group_node);
	return member->job.session == me->job.session ? 0 : -EPERM;
}

int session_set_group(pid_t number, pid_t pgid)
{
	struct process *target;
	struct pid *pid, *group;
	int err = -ESRCH;

	number = number ? number : process_id(current_process());
	pgid = pgid ? pgid : number;
	if (pgid < 0)
		return -EINVAL;
	process_tree_lock();
	pid = pid_find(number);
	target = pid ? pid->process : NULL;
	if (target) {
		err = check_group_change(target, pgid, &group);
		if (!err && target->job.group != group)
			session_join(target, group, target->job.session);
	}
	process_tree_unlock();
	return err;
}

static pid_t group_or_session_of(pid_t number, enum pid_use use)
{
	struct process *process = current_process();
	pid_t result = -ESRCH;
	struct pid *pid;

	process_tree_lock();
	if (number) {
		pid = pid_find(number);
		process = pid && pid->process  ? pid->process
			  : pid && pid->thread ? pid->thread->thread.process
					       : NULL;
	}
	if (process)
		result = (use == PID_GROUP ? process->job.group : process->job.session)->number;
	process_tree_unlock();
	return result;
}

pid_t session_group_of(pid_t pid)
{
	return group_or_session_of(pid, PID_GROUP);
}

pid_t session_group_number(const struct process *process)
{
	pid_t number;

	process_tree_lock();
	number = process->job.group->number;
	process_tree_unlock();
	return number;
}

pid_t session_of(pid_t pid)
{
	return group_or_session_of(pid, PID_SESSION);
}

/* Does @process keep its group from being orphaned? Locks: process_tree held. */
static bool links_group(const struct process *process)
{
	const struct process *parent = process->tree.parent;

	assert_process_tree_held();
	return process->tree.state == PROCESS_ALIVE && !process->job.links_no_group && parent &&
	       parent != init_process && parent->job.group != process->job.group &&
	       parent->job.session == process->job.session;
}

/* Is @group, which is referenced, orphaned? And has it, if so, stopped members? No locks held. */
static bool is_orphaned(struct pid *group, bool *has_stopped)
{
	bool orphaned = true;
	struct process *process;
	struct group_walk walk;

	*has_stopped = false;
	walk_begin(&walk, group);
	for (unsigned n = 0; n < PID_MAX && orphaned && (process = walk_next(&walk, group)); n++) {
		process_tree_lock();
		orphaned = !links_group(process);
		process_tree_unlock();
		*has_stopped |= READ_ONCE(process->stop.active);
		process_put(process);
	}
	walk_fini(&walk);
	return orphaned;
}

struct pid *session_group_linked_by(const struct process *process, const struct process *parent)
{
	assert_process_tree_held();
	return parent && parent->job.group != process->job.group &&
			       parent->job.session == process->job.session
		       ? process->job.group
		       : NULL;
}

void session_hang_up_if_orphaned(struct pid *group)
{
	bool has_stopped;

	if (is_orphaned(group, &has_stopped) && has_stopped) {
		ignore_result(signal_send_group(group, SIGHUP), "the last may have left");
		ignore_result(signal_send_group(group, SIGCONT), "the last may have left");
	}
	pid_put(group);
}

bool session_current_is_orphaned(void)
{
	bool orphaned, has_stopped;
	struct pid *group;

	process_tree_lock();
	group = current_process()->job.group;
	pid_get(group);
	process_tree_unlock();
	orphaned = is_orphaned(group, &has_stopped);
	pid_put(group);
	return orphaned;
}

struct tty *session_tty_of(const struct process *process)
{
	const struct pid *session = process->job.session;

	assert_process_tree_held();
	return session->tty_round == process->job.tty_round ? session->tty : NULL;
}

void session_give_tty(struct process *leader, struct tty *tty)
{
	assert_process_tree_held();
	debug_assert(leader->job.is_session_leader && !leader->job.session->tty);
	leader->job.session->tty = tty;
	leader->job.tty_round = ++leader->job.session->tty_round;
}

void session_leader_exits(struct process *leader)
{
	if (leader_exit_hook)
		leader_exit_hook(leader);
}
