/* SPDX-License-Identifier: MIT */
// UNIT: lib/string.c lib/id_alloc.c sched/waitq.c proc/exit.c proc/wait.c proc/session.c proc/pid.c
/*
 * Processes of one thread each, as fork.c makes them but without memory and files, which end by
 * thread_exit_user.
 */
#pragma once

#include "proc/exit.h"
#include "proc/process_internal.h"
#include "proc/session.h"

/* A child of @parent, in its group and session; NULL: init, which is in group and session 0. */
struct process *unit_process_begin(struct process *parent);
/* The current thread is that of @process from now on. */
void unit_process_run_as(const struct process *process);
/* @process ends; the current thread is the same as before. It may be freed by this. */
void unit_process_end(struct process *process, int status);
/* Init goes without an end, when all others are gone. */
void unit_init_vanishes(void);

/* Called when a group, or a parent because of a child, is sent a signal. */
extern void (*unit_group_signalled)(struct pid *group, int signal);
extern void (*unit_parent_signalled)(struct process *parent, const siginfo_t *info);
