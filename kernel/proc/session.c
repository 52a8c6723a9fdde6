// SPDX-License-Identifier: MIT
/*
 * session.c -- process groups and sessions: who shares a terminal, who stops and continues
 * together.
 *
 * Idea. A group and a session are a number (struct pid) with a list of member processes. A group is
 *   orphaned when no member has a parent outside the group but inside the session: nobody is left
 *   who would continue its stopped members, so they are hung up on (POSIX.1 3.264, 2.4.3).
 * Locks. process_tree for all; pid_members, too, to change membership, so that a terminal's
 *   interrupt may walk a group.
 * Ownership. A process holds references on both numbers as long as it exists; it is a member until
 *   it is reaped.
 */
#include "proc/session.h"
#include "core/assert.h"
#include "proc/process_internal.h"

static void (*leader_exit_hook)(struct process *leader); /* set at boot */

void session_set_leader_exit_hook(void (*hook)(struct process *leader))
{
	leader_exit_hook = hook;
}

/* A walk through a group's members, which may come and go. */
struct group_walk {
	struct list_node node;	/* [process_tree] in pid->walks                  */
	struct list_node *last; /* [process_tree] of the last one visited, or the list's head */
};

/* @process leaves its group. Locks: process_tree, pid_members. */
static void leave_group(struct process *process)
{
	struct group_walk *walk;

	list_for_each_entry(walk, &process->pgrp->walks, node)
		if (walk->last == &process->pgrp_node)
			walk->last = process->pgrp_node.prev;
	list_remove(&process->pgrp_node);
}

/* The next member, with a reference, or NULL. */
static struct process *walk_next(struct group_walk *walk, const struct pid *group)
{
	struct process *process = NULL;

	process_tree_lock();
	if (walk->last->next != &group->members[PID_GROUP]) {
		walk->last = walk->last->next;
		process = list_entry(walk->last, struct process, pgrp_node);
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

	process_tree_lock();
	walk.last = &group->members[PID_GROUP];
	list_add_first(&group->walks, &walk.node);
	process_tree_unlock();
	/* A bound, should they come faster than we go. */
	for (unsigned n = 0; n < PID_MAX && (process = walk_next(&walk, group)); n++) {
		visit(process, data);
		process_put(process);
	}
	process_tree_lock();
	list_remove(&walk.node);
	process_tree_unlock();
}

void session_join(struct process *process, struct pid *pgrp, struct pid *session)
{
	assert_process_tree_held();
	if (process->pgrp != pgrp) {
		if (process->pgrp)
			leave_group(process);
		list_add_last(&pgrp->members[PID_GROUP], &process->pgrp_node);
	}
	if (process->session != session) {
		if (process->session)
			list_remove(&process->session_node);
		list_add_last(&session->members[PID_SESSION], &process->session_node);
	}
	pid_get(pgrp);
	pid_get(session);
	if (process->pgrp)
		pid_put_locked(process->pgrp);
	if (process->session)
		pid_put_locked(process->session);
	process->pgrp = pgrp;
	process->session = session;
}

void session_leave(struct process *process)
{
	irq_state_t state = pid_members_lock();

	leave_group(process);
	list_remove(&process->session_node);
	pid_members_unlock(state);
}

static void join(struct process *process, struct pid *pgrp, struct pid *session)
{
	irq_state_t state = pid_members_lock();

	session_join(process, pgrp, session);
	pid_members_unlock(state);
}

pid_t session_create(void)
{
	struct process *process = current_process();
	pid_t result = -EPERM;

	process_tree_lock();
	/* Not while a group bears our number. */
	if (list_is_empty(&process->pid->members[PID_GROUP])) {
		join(process, process->pid, process->pid);
		process->is_session_leader = true;
		process->tty_round = 0;
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

	if (target != me) {
		if (target->parent != me)
			return -ESRCH;
		if (target->session != me->session)
			return -EPERM;
		if (target->has_execed)
			return -EACCES;
	}
	if (target->is_session_leader)
		return -EPERM;
	if (pgid == process_id(target)) {
		*group = target->pid;
		return 0;
	}
	*group = pid_find(pgid);
	if (!*group || list_is_empty(&(*group)->members[PID_GROUP]))
		return -EPERM;
	member = list_first_entry(&(*group)->members[PID_GROUP], struct process, pgrp_node);
	return member->session == me->session ? 0 : -EPERM;
}

int session_set_group(pid_t number, pid_t pgid)
{
	struct process *target = current_process();
	struct pid *pid, *group;
	int err = -ESRCH;

	if (pgid < 0)
		return -EINVAL;
	process_tree_lock();
	if (number) {
		pid = pid_find(number);
		target = pid ? pid->process : NULL;
	}
	if (target) {
		err = check_group_change(target, pgid ? pgid : process_id(target), &group);
		if (!err && target->pgrp != group)
			join(target, group, target->session);
	}
	process_tree_unlock();
	return err;
}

static pid_t number_of(pid_t number, enum pid_use use)
{
	struct process *process = current_process();
	pid_t result = -ESRCH;
	struct pid *pid;

	process_tree_lock();
	if (number) {
		pid = pid_find(number);
		process = pid && pid->process  ? pid->process
			  : pid && pid->thread ? pid->thread->process
					       : NULL;
	}
	if (process)
		result = (use == PID_GROUP ? process->pgrp : process->session)->number;
	process_tree_unlock();
	return result;
}

pid_t session_group_of(pid_t pid)
{
	return number_of(pid, PID_GROUP);
}

pid_t session_group_number(const struct process *process)
{
	pid_t number;

	process_tree_lock();
	number = process->pgrp->number;
	process_tree_unlock();
	return number;
}

pid_t session_of(pid_t pid)
{
	return number_of(pid, PID_SESSION);
}

bool session_group_is_orphaned(const struct pid *pgrp, const struct process *ignored)
{
	struct process *process;

	assert_process_tree_held();
	list_for_each_entry(process, &pgrp->members[PID_GROUP], pgrp_node) {
		if (process == ignored || process->state != PROCESS_ALIVE ||
		    process->parent == init_process || !process->parent)
			continue;
		if (process->parent->pgrp != pgrp && process->parent->session == process->session)
			return false;
	}
	return true;
}

static bool has_stopped_member(const struct pid *pgrp)
{
	struct process *process;

	list_for_each_entry(process, &pgrp->members[PID_GROUP], pgrp_node)
		if (READ_ONCE(process->stopping))
			return true;
	return false;
}

void session_check_orphans(struct process *process, const struct process *old_parent)
{
	const struct process *parent = old_parent ? old_parent : process->parent;
	struct pid *pgrp = process->pgrp;

	if (!parent || parent->pgrp == pgrp || parent->session != process->session)
		return;
	if (!session_group_is_orphaned(pgrp, old_parent ? NULL : process) ||
	    !has_stopped_member(pgrp))
		return;
	signal_send_group_locked(pgrp, SIGHUP);
	signal_send_group_locked(pgrp, SIGCONT);
}

bool session_current_is_orphaned(void)
{
	bool orphaned;

	process_tree_lock();
	orphaned = session_group_is_orphaned(current_process()->pgrp, NULL);
	process_tree_unlock();
	return orphaned;
}

struct tty *session_tty_of(const struct process *process)
{
	const struct pid *session = process->session;

	assert_process_tree_held();
	return session->tty_round == process->tty_round ? session->tty : NULL;
}

void session_give_tty(struct process *leader, struct tty *tty)
{
	assert_process_tree_held();
	debug_assert(leader->is_session_leader && !leader->session->tty);
	leader->session->tty = tty;
	leader->tty_round = ++leader->session->tty_round;
}

void session_leader_exits(struct process *leader)
{
	if (leader_exit_hook)
		leader_exit_hook(leader);
}
