// SPDX-License-Identifier: MIT
/*
 * tty_job.c -- job control: a terminal's session, and the process group that may use it now.
 * credentials(7), setsid(2), tty_ioctl(2).
 *
 * Idea.  A terminal knows its session and its foreground group; the session points back
 *   (proc/session.h). Both pointers change together, in one section under process_tree.
 * Invariants.
 *   J1  tty->session->tty == tty, and the session holds a reference to the terminal: a terminal
 *       that a session points to is not freed.
 *   J2  A hang-up increments the generation in the critical section that removes the session, so
 *       that a file from before cannot give the terminal to a session again.
 * Locks. process_tree for tty->session, tty->pgrp and the session's side. It is decided under the
 *   lock which groups are signalled; the signals are sent to referenced groups after it is dropped.
 */
#include "dev/tty/tty_internal.h"

#include "core/assert.h"
#include "core/errno.h"
#include "proc/process.h"
#include "proc/session.h"
#include "signal/signal_handlers.h"
#include "vfs/cred.h"

static bool signal_is_ignored_or_blocked(int signal)
{
	struct user_thread *t = current_user_thread();
	u64 handler = signal_action(t->thread.process->signals.handlers, signal).handler;

	return t->signals.blocked & SIGNAL_BIT(signal) || handler == (u64)SIG_IGN;
}

int tty_check_job(struct tty *tty, int signal)
{
	struct process *p;
	struct pid *group = NULL;
	bool ignored;
	int err;

	if (!thread_is_user(current_thread()))
		return 0;
	p = current_process();
	if (READ_ONCE(p->job.group) == READ_ONCE(tty->pgrp))
		return 0;
	process_tree_lock();
	if (session_tty_of(p) == tty && tty->pgrp && p->job.group != tty->pgrp) {
		group = p->job.group;
		pid_get(group);
	}
	process_tree_unlock();
	if (!group)
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
	ignore_result(signal_send_group(group, signal), "the group may be empty");
	pid_put(group);
}

/* References between a terminal and its session, to be put after the lock is dropped. */
struct tty_tie {
	struct pid *session, *pgrp; /* NULL: none */
};

/* Separate @tty from its session (J1). Locks: process_tree held. */
static struct tty_tie tty_untie(struct tty *tty)
{
	struct tty_tie old = {tty->session, tty->pgrp};

	assert_process_tree_held();
	if (old.session) {
		debug_assert(old.session->tty == tty);
		old.session->tty = NULL;
	}
	tty->session = NULL;
	WRITE_ONCE(tty->pgrp, NULL);
	return old;
}

/* Put the references of tty_untie. The caller has a reference to @tty of its own. */
static void tty_tie_put(struct tty *tty, struct tty_tie old)
{
	debug_assert(!old.session || refcount_read(&tty->users) > 1);
	if (old.session) {
		pid_put(old.session);
		tty_put(tty); /* J1 */
	}
	if (old.pgrp)
		pid_put(old.pgrp);
}

/*
 * May @p make @file's terminal its own? 0; 1: it is already; -EIO, -EPERM. Locks: process_tree
 * held.
 */
static int may_take_control(const struct process *p, const struct file *file, bool steal)
{
	const struct tty_file *f = file->data;

	assert_process_tree_held();
	if (tty_file_is_dead(f)) /* J2 */
		return -EIO;
	if (!p->job.is_session_leader)
		return -EPERM;
	if (f->tty->session == p->job.session)
		return 1;
	if (p->job.session->tty || (f->tty->session && !steal))
		return -EPERM;
	if ((f->tty->session || !(file->mode & FILE_READ)) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	return 0;
}

int tty_take_control(struct file *file, bool steal)
{
	struct process *p = current_process();
	struct tty *tty = tty_of_file(file);
	struct tty_tie old = {NULL, NULL};
	int err;

	process_tree_lock();
	err = may_take_control(p, file, steal);
	if (!err) {
		old = tty_untie(tty);
		tty->session = p->job.session;
		pid_get(p->job.session);
		WRITE_ONCE(tty->pgrp, p->job.group);
		pid_get(p->job.group);
		tty_get(tty); /* J1 */
		session_give_tty(p, tty);
		debug_assert(p->job.session->tty == tty); /* J1 */
	}
	process_tree_unlock();
	tty_tie_put(tty, old);
	return err < 0 ? err : 0;
}

void tty_take_control_on_open(struct file *file)
{
	if (thread_is_user(current_thread()) && READ_ONCE(current_process()->job.is_session_leader))
		ignore_result(tty_take_control(file, false),
			      "open succeeds also without control of the terminal");
}

/* Send SIGHUP and SIGCONT to @session's leader and to the group @pgrp, if they are not NULL. */
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
		ignore_result(signal_send_group(pgrp, SIGHUP), "the group may be empty");
		ignore_result(signal_send_group(pgrp, SIGCONT), "the group may be empty");
	}
}

bool tty_disconnect(struct tty *tty, const struct pid *only)
{
	struct tty_tie old;

	process_tree_lock();
	if (only && tty->session != only) {
		process_tree_unlock();
		return false;
	}
	__atomic_fetch_add(&tty->generation, 1, __ATOMIC_RELEASE); /* J2 */
	old = tty_untie(tty);
	process_tree_unlock();
	if (old.session)
		tty_send_hangup(old.pgrp, old.session);
	tty_tie_put(tty, old);
	return true;
}

int tty_give_up_control(struct tty *tty)
{
	struct process *p = current_process();
	struct tty_tie old = {NULL, NULL};
	int err = 0;

	process_tree_lock();
	if (session_tty_of(p) != tty)
		err = -ENOTTY;
	else if (p->job.is_session_leader)
		old = tty_untie(tty);
	else
		p->job.tty_round = 0;
	process_tree_unlock();
	tty_send_hangup(old.pgrp, NULL);
	tty_tie_put(tty, old);
	return err;
}

/* The leader of @session ends; @tty, a pseudo-terminal, stays usable without a session. */
static void tty_leave_session(struct tty *tty, const struct pid *session)
{
	struct tty_tie old = {NULL, NULL};

	process_tree_lock();
	if (tty->session == session)
		old = tty_untie(tty);
	process_tree_unlock();
	if (old.pgrp)
		ignore_result(signal_send_group(old.pgrp, SIGHUP), "the group may be empty");
	tty_tie_put(tty, old);
}

/* The leader of a session ends: a device's terminal is hung up, also for other processes. */
static void tty_session_leader_exits(struct process *leader)
{
	struct tty *tty;

	process_tree_lock();
	tty = leader->job.session->tty;
	if (tty)
		tty_get(tty);
	process_tree_unlock();
	if (!tty)
		return;
	/* Both do nothing if another session has taken the terminal meanwhile. */
	if (tty->driver->out_is_received)
		tty_leave_session(tty, leader->job.session);
	else
		tty_hangup_session(tty, leader->job.session);
	tty_put(tty);
}

bool tty_is_of_current(const struct tty *tty)
{
	bool is;

	process_tree_lock();
	is = session_tty_of(current_process()) == tty;
	process_tree_unlock();
	return is;
}

struct tty *tty_current(void)
{
	struct tty *tty;

	if (!thread_is_user(current_thread()))
		return NULL;
	process_tree_lock();
	tty = session_tty_of(current_process());
	if (tty)
		tty_get(tty); /* J1 */
	process_tree_unlock();
	return tty;
}

static pid_t number_or_zero(const struct pid *pid)
{
	return pid ? pid->number : 0;
}

int tty_get_foreground(struct tty *tty, pid_t *out)
{
	int err = 0;

	process_tree_lock();
	if (session_tty_of(current_process()) != tty)
		err = -ENOTTY;
	*out = number_or_zero(tty->pgrp);
	process_tree_unlock();
	return err;
}

pid_t tty_foreground_number(struct tty *tty)
{
	pid_t number;

	process_tree_lock();
	number = number_or_zero(tty->pgrp);
	process_tree_unlock();
	return number;
}

int tty_get_session(struct tty *tty, pid_t *out)
{
	int err = 0;

	process_tree_lock();
	if (session_tty_of(current_process()) != tty || !tty->session)
		err = -ENOTTY;
	*out = number_or_zero(tty->session);
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
	if (session_tty_of(p) != tty) {
		err = -ENOTTY;
		goto out_unlock;
	}
	pgrp = pid_find(number);
	if (!pgrp || list_is_empty(&pgrp->members[PID_GROUP])) {
		err = -ESRCH;
		goto out_unlock;
	}
	member = list_first_entry(&pgrp->members[PID_GROUP], struct process, job.group_node);
	if (member->job.session != p->job.session) {
		err = -EPERM;
		goto out_unlock;
	}
	old = tty->pgrp;
	pid_get(pgrp);
	WRITE_ONCE(tty->pgrp, pgrp);
out_unlock:
	process_tree_unlock();
	if (old)
		pid_put(old);
	return err;
}

void tty_describe_of(struct process *process, dev_t *device, pid_t *foreground)
{
	const struct tty *tty;

	process_tree_lock();
	tty = session_tty_of(process);
	*device = tty ? tty->device : 0;
	*foreground = tty ? number_or_zero(tty->pgrp) : -1;
	process_tree_unlock();
}

void tty_job_init(void)
{
	session_set_leader_exit_hook(tty_session_leader_exits);
}
