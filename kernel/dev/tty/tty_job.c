// SPDX-License-Identifier: MIT
/*
 * tty_job.c -- terminals and job control: whose terminal it is, and who may use it now.
 * credentials(7), setsid(2), tty_ioctl(2).
 *
 * Idea.  A terminal knows its session and its foreground group; each process of the session points
 *   to the terminal (proc/session.h). Both change together under process_tree.
 * Invariants.  T3 of tty.c: before a terminal may go away its session is detached.
 * Locks.  process_tree for tty->session and tty->pgrp. Signals are sent after it is dropped, to
 *   referenced groups.
 */
#include "dev/tty/tty_internal.h"

#include "core/errno.h"
#include "proc/process.h"
#include "proc/session.h"
#include "vfs/cred.h"

static bool signal_is_ignored_or_blocked(int signal)
{
	struct user_thread *t = current_user_thread();
	u64 handler = READ_ONCE(t->process->signals->actions[signal - 1].handler);

	return t->blocked & SIGNAL_BIT(signal) || handler == (u64)SIG_IGN;
}

int tty_check_job(struct tty *tty, int signal)
{
	struct process *p;
	struct pid *group = NULL;
	bool ignored, background;
	int err;

	if (!current_thread()->is_user)
		return 0;
	p = current_process();
	if (READ_ONCE(p->controlling_tty) != tty || READ_ONCE(p->pgrp) == READ_ONCE(tty->pgrp))
		return 0;
	process_tree_lock();
	background = p->controlling_tty == tty && tty->pgrp && p->pgrp != tty->pgrp;
	if (background) {
		group = p->pgrp;
		pid_get(group);
	}
	process_tree_unlock();
	if (!background)
		return 0;
	ignored = signal_is_ignored_or_blocked(signal);
	if (ignored)
		err = signal == SIGTTIN ? -EIO : 0;
	else if (session_current_is_orphaned())
		err = -EIO;
	else
		err = signal_send_group(group, signal) ? -EIO : -ERESTARTSYS;
	pid_put(group);
	return err;
}

void tty_signal_foreground(struct tty *tty, int signal)
{
	struct pid *group;

	process_tree_lock();
	group = tty->pgrp;
	if (group)
		pid_get(group);
	process_tree_unlock();
	if (!group)
		return;
	ignore_result(signal_send_group(group, signal), "nobody there");
	pid_put(group);
}

/* Make @session and @pgrp (references handed over, or NULL) those of @tty; the old ones are put. */
static void tty_set_session(struct tty *tty, struct pid *session, struct pid *pgrp)
{
	struct pid *old_session, *old_pgrp;

	process_tree_lock();
	old_session = tty->session;
	old_pgrp = tty->pgrp;
	tty->session = session;
	tty->pgrp = pgrp;
	process_tree_unlock();
	if (old_session) {
		session_set_tty(old_session, NULL);
		pid_put(old_session);
	}
	if (old_pgrp)
		pid_put(old_pgrp);
	if (session)
		session_set_tty(session, tty);
}

int tty_take_control(struct tty *tty, bool steal)
{
	struct process *p = current_process();
	struct pid *session, *pgrp;
	int err = 0;

	process_tree_lock();
	if (p->is_session_leader && tty->session == p->session)
		err = 1; /* has it already */
	else if (!p->is_session_leader || p->controlling_tty)
		err = -EPERM;
	else if (tty->session && !(steal && capable(CAP_SYS_ADMIN)))
		err = -EPERM;
	session = p->session;
	pgrp = p->pgrp;
	if (!err) {
		pid_get(session);
		pid_get(pgrp);
	}
	process_tree_unlock();
	if (err)
		return err < 0 ? err : 0;
	tty_set_session(tty, session, pgrp);
	return 0;
}

void tty_take_control_on_open(struct tty *tty)
{
	struct process *p;

	if (!current_thread()->is_user)
		return;
	p = current_process();
	if (p->is_session_leader && !READ_ONCE(p->controlling_tty) && !READ_ONCE(tty->session))
		ignore_result(tty_take_control(tty, false), "another was quicker");
}

/* Tell the foreground group (and @leader too, when given) that the line is gone. */
static void tty_send_hangup(struct pid *pgrp, struct pid *session)
{
	struct process *leader = NULL;

	if (session) {
		process_tree_lock();
		leader = session->process;
		if (leader)
			process_get(leader);
		process_tree_unlock();
	}
	if (leader) {
		signal_send_kernel(leader, SIGHUP);
		signal_send_kernel(leader, SIGCONT);
		process_put(leader);
	}
	if (pgrp) {
		ignore_result(signal_send_group(pgrp, SIGHUP), "nobody there");
		ignore_result(signal_send_group(pgrp, SIGCONT), "nobody there");
	}
}

void tty_detach_session(struct tty *tty)
{
	struct pid *session, *pgrp;

	process_tree_lock();
	session = tty->session;
	pgrp = tty->pgrp;
	if (session)
		pid_get(session);
	if (pgrp)
		pid_get(pgrp);
	process_tree_unlock();
	if (!session)
		return;
	tty_send_hangup(pgrp, session);
	tty_set_session(tty, NULL, NULL);
	pid_put(session);
	if (pgrp)
		pid_put(pgrp);
}

/* The current process's terminal when it leads the session, with one more user. */
static struct tty *tty_led_by(struct process *p)
{
	struct tty *tty;

	process_tree_lock();
	tty = p->is_session_leader ? p->controlling_tty : NULL;
	if (tty)
		tty_get(tty);
	process_tree_unlock();
	return tty;
}

int tty_give_up_control(struct tty *tty)
{
	struct process *p = current_process();
	struct tty *led = tty_led_by(p);

	if (led && led != tty) {
		tty_put(led);
		return -ENOTTY;
	}
	if (led) {
		tty_signal_foreground(tty, SIGHUP);
		tty_signal_foreground(tty, SIGCONT);
		tty_set_session(tty, NULL, NULL);
		tty_put(led);
		return 0;
	}
	process_tree_lock();
	if (p->controlling_tty != tty) {
		process_tree_unlock();
		return -ENOTTY;
	}
	p->controlling_tty = NULL;
	process_tree_unlock();
	return 0;
}

/* The leader of a session ends: its terminal is hung up for everybody who still has it open. */
static void tty_session_leader_exits(struct process *leader)
{
	struct tty *tty = tty_led_by(leader);

	if (!tty)
		return;
	tty_hangup(tty);
	tty_put(tty);
}

struct tty *tty_current(void)
{
	struct tty *tty;

	if (!current_thread()->is_user)
		return NULL;
	process_tree_lock();
	tty = current_process()->controlling_tty;
	if (tty)
		/* T3: while we hold the lock it cannot be detached, hence not freed */
		tty_get(tty);
	process_tree_unlock();
	return tty;
}

static pid_t number_of(const struct pid *pid)
{
	return pid ? pid->number : 0;
}

int tty_get_foreground(struct tty *tty, pid_t *out)
{
	int err = 0;

	process_tree_lock();
	if (current_process()->controlling_tty != tty)
		err = -ENOTTY;
	*out = number_of(tty->pgrp);
	process_tree_unlock();
	return err;
}

pid_t tty_foreground_number(struct tty *tty)
{
	pid_t number;

	process_tree_lock();
	number = number_of(tty->pgrp);
	process_tree_unlock();
	return number;
}

int tty_get_session(struct tty *tty, pid_t *out)
{
	int err = 0;

	process_tree_lock();
	if (current_process()->controlling_tty != tty || !tty->session)
		err = -ENOTTY;
	*out = number_of(tty->session);
	process_tree_unlock();
	return err;
}

int tty_set_foreground(struct tty *tty, pid_t number)
{
	struct process *p = current_process(), *member;
	struct pid *pgrp, *old = NULL;
	int err = tty_check_job(tty, SIGTTOU);

	if (err)
		return err;
	if (number < 0)
		return -EINVAL;
	process_tree_lock();
	if (p->controlling_tty != tty || tty->session != p->session) {
		err = -ENOTTY;
		goto out_unlock;
	}
	pgrp = pid_find(number);
	if (!pgrp || list_is_empty(&pgrp->members[PID_GROUP])) {
		err = -ESRCH;
		goto out_unlock;
	}
	member = list_first_entry(&pgrp->members[PID_GROUP], struct process, pgrp_node);
	if (member->session != p->session) {
		err = -EPERM;
		goto out_unlock;
	}
	old = tty->pgrp;
	pid_get(pgrp);
	tty->pgrp = pgrp;
out_unlock:
	process_tree_unlock();
	if (old)
		pid_put(old);
	return err;
}

void tty_describe_of(struct process *process, dev_t *device, pid_t *foreground)
{
	process_tree_lock();
	*device = process->controlling_tty ? process->controlling_tty->device : 0;
	*foreground = process->controlling_tty ? number_of(process->controlling_tty->pgrp) : -1;
	process_tree_unlock();
}

void tty_job_init(void)
{
	session_set_leader_exit_hook(tty_session_leader_exits);
}
