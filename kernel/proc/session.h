/* SPDX-License-Identifier: MIT */
/* Process groups and sessions: job control. */
#pragma once

#include "proc/process.h"

struct tty;

/* setsid, setpgid, getpgid, getsid: results as in their manual pages. */
pid_t session_create(void);
int session_set_group(pid_t pid, pid_t pgid) __must_check;
pid_t session_group_of(pid_t pid);
pid_t session_of(pid_t pid);
/* The number of the group that @process is in now. The caller holds a reference to @process. */
pid_t session_group_number(const struct process *process);

/* Enter @process into @group and @session (references are taken). Locks: process_tree held. */
void session_join(struct process *process, struct pid *group, struct pid *session);
/* Take a reaped process out. Locks: process_tree held. */
void session_leave(struct process *process);

/*
 * The group of @process, if it is by its parent @parent, which it has now or had until now, that
 * @process keeps the group from being orphaned; NULL. No reference. Locks: process_tree held.
 */
struct pid *session_group_linked_by(const struct process *process, const struct process *parent);
/*
 * SIGHUP and SIGCONT to @group if it is orphaned and has stopped members. Puts the caller's
 * reference. Context: task, no locks held.
 */
void session_hang_up_if_orphaned(struct pid *group);
/* Is the current process's group orphaned (a terminal then gives EIO instead of stopping)? */
bool session_current_is_orphaned(void);

/*
 * The terminal of a session is session->tty, with a reference that the session counts. A process
 * has it when it was there (or its parent was) when the session got it and has not given it up
 * since: then both bear the same tty_round. Taking and losing it are one step under process_tree.
 * session_tty_of: @process's terminal, or NULL, without a reference.
 * session_give_tty: @leader and its session, which has none, get @tty; the caller's reference is
 *   the session's from now on.
 * Locks: process_tree held.
 */
struct tty *session_tty_of(const struct process *process);
void session_give_tty(struct process *leader, struct tty *tty);
/*
 * What happens to the terminal when the leader of a session ends: hang up on its foreground group
 * and so on; afterwards the session has none. Called in the leader's last thread, without locks.
 */
void session_set_leader_exit_hook(void (*hook)(struct process *leader));
/*
 * Visit the processes of a group, also those that join it meanwhile. process_tree is held only to
 * find the next one: a group may be large.
 * Context: task, no locks held; @group is referenced by the caller; @visit may sleep.
 */
void session_for_each_member(struct pid *group, void (*visit)(struct process *process, void *data),
			     void *data);
/* For exit.c. */
void session_leader_exits(struct process *leader);
