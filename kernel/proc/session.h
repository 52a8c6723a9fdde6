/* SPDX-License-Identifier: MIT */
/* Process groups and sessions: job control's who-belongs-where. */
#pragma once

#include "proc/process.h"

/* setsid, setpgid, getpgid, getsid: results as in their manual pages. */
pid_t session_create(void);
int session_set_group(pid_t pid, pid_t pgid) __must_check;
pid_t session_group_of(pid_t pid);
pid_t session_of(pid_t pid);

/*
 * Enter @process into group @pgrp and session @session (references are taken). Locks: process_tree,
 * pid_members held.
 */
void session_join(struct process *process, struct pid *pgrp, struct pid *session);
/* Take a reaped process out. Locks: process_tree held. */
void session_leave(struct process *process);

/*
 * Has @pgrp no process (but @ignored) whose parent, in the same session, could continue it? Locks:
 * process_tree held.
 */
bool session_group_is_orphaned(const struct pid *pgrp, const struct process *ignored);
/*
 * Hang up on @process's group if it is orphaned now and has stopped members. @old_parent: has just
 * been replaced; NULL: @process itself goes. Locks: process_tree held.
 */
void session_check_orphans(struct process *process, const struct process *old_parent);
/* Is the current process's group orphaned (a terminal then gives EIO instead of stopping)? */
bool session_current_is_orphaned(void);

/*
 * The terminal of a session. Each process of it points to the terminal; the terminal's owner counts
 * the session itself.
 * Locks: none held.
 */
void session_set_tty(struct pid *session, struct tty *tty);
/* The current process's; NULL: none. Valid while the process stays in the session. */
struct tty *session_current_tty(void);
/*
 * What happens to the terminal when the leader of a session ends: hang up on its foreground group
 * and so on. Called in the leader's last thread, without locks, its controlling_tty still set
 * (maybe NULL).
 */
void session_set_leader_exit_hook(void (*hook)(struct process *leader));
/* For exit.c. */
void session_leader_exits(struct process *leader);
