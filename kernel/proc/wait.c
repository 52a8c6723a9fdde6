// SPDX-License-Identifier: MIT
/*
 * wait.c -- wait4 and waitid.
 *
 * Idea. Go through the children that match the request; report and reap the first that has changed
 *   its state; if none has, sleep on the process's child_exit queue and look again. Any thread may
 *   wait for any child of its process.
 * Invariants.
 *   W1  A child is reaped by exactly one caller: reporting and reaping are one step under
 *       process_tree.
 *   W2  The sleeper is on the queue before it looks for the last time, so no change is missed.
 *   W3  The search releases process_tree after some children and goes on behind the last one, to
 *       which it has a reference; if that one is no child any more, from the first. A child that
 *       has changed before the search began is found; one that changes meanwhile wakes sleepers.
 * Locks. process_tree, and in it the child's lock for stop and continue reports.
 * Cost. A child that is named by number is found without looking at its siblings.
 */
#include "proc/exit.h"
#include "core/assert.h"
#include "proc/process_internal.h"
#include "proc/usage.h"

#include <linux/wait.h>

#define CHILDREN_AT_ONCE 256U /* looked at in one hold of process_tree */

static bool matches(const struct process *child, const struct wait_request *request)
{
	bool clone_child = child->tree.exit_signal != SIGCHLD;

	if (request->which == P_PID && process_id(child) != request->id)
		return false;
	if (request->which == P_PGID && child->job.group->number != request->id)
		return false;
	return (request->options & __WALL) || clone_child == !!(request->options & __WCLONE);
}

static void fill_result(struct wait_request *request, struct process *child, int status, int code,
			int value)
{
	request->pid = process_id(child);
	request->uid = process_uid(child);
	request->status = status;
	request->code = code;
	request->value = value;
	process_usage_get(child, &request->usage);
}

static void report_zombie(struct wait_request *request, struct process *child)
{
	int status = child->tree.exit_status;

	if (status & 0x7f)
		fill_result(request, child, status, status & 0x80 ? CLD_DUMPED : CLD_KILLED,
			    status & 0x7f);
	else
		fill_result(request, child, status, CLD_EXITED, status >> 8);
	/* The children that this child has waited for are included. */
	process_usage_add(&request->usage, &child->tree.children_usage);
}

/* A stop or continuation that has not been reported. */
static bool report_job_control(struct wait_request *request, struct process *child)
{
	irq_state_t state;
	u32 wanted = 0, flags;
	int signal;

	/* Usually there is none, and there may be thousands of children. */
	if (!READ_ONCE(child->stop.flags))
		return false;
	state = spin_lock_irq_save(&child->lock);
	if (request->options & WSTOPPED)
		wanted |= PROCESS_STOP_REPORT;
	if (request->options & WCONTINUED)
		wanted |= PROCESS_CONTINUE_REPORT;
	flags = child->stop.flags & wanted;
	signal = child->stop.signal;
	if (flags && !(request->options & WNOWAIT))
		WRITE_ONCE(child->stop.flags, child->stop.flags & ~flags);
	spin_unlock_irq_restore(&child->lock, state);
	if (flags & PROCESS_STOP_REPORT)
		fill_result(request, child, signal << 8 | 0x7f, CLD_STOPPED, signal);
	else if (flags & PROCESS_CONTINUE_REPORT)
		fill_result(request, child, 0xffff, CLD_CONTINUED, SIGCONT);
	return flags;
}

/* True: reported. *reaped: the caller got its tree reference. Locks: process_tree held. */
static bool report_child(struct wait_request *request, struct process *child,
			 struct process **reaped)
{
	assert_process_tree_held();
	/* W1 */
	debug_assert(child->tree.state != PROCESS_REAPED &&
		     child->tree.parent == current_process());
	if (child->tree.state != PROCESS_ZOMBIE)
		return report_job_control(request, child);
	if (!(request->options & WEXITED))
		return false;
	report_zombie(request, child);
	if (!(request->options & WNOWAIT)) {
		process_usage_add(&child->tree.parent->tree.children_usage, &request->usage);
		process_release_zombie(child); /* W1 */
		*reaped = child;
	}
	return true;
}

/* The child that is named by number. The result of scan_children. Locks: process_tree held. */
static int look_at_one(struct wait_request *request, struct process **reaped)
{
	struct pid *pid;
	struct process *child;

	assert_process_tree_held();
	pid = pid_find(request->id);
	child = pid ? pid->process : NULL;
	if (!child || child->tree.parent != current_process() || !matches(child, request))
		return -ECHILD;
	return report_child(request, child, reaped);
}

/*
 * Look at some children behind *@at (referenced; NULL: the first), and move it. Returns what
 * scan_children does, for these; *@at is NULL when there are no more. Locks: process_tree held.
 */
static int look_at_some(struct wait_request *request, struct process **at, struct process **reaped)
{
	struct process *me = current_process(), *child;
	struct list_node *node = &me->tree.children;
	int result = -ECHILD;

	assert_process_tree_held();
	if (*at && (*at)->tree.parent == me)
		node = &(*at)->tree.sibling; /* W3 */
	*at = NULL;
	for (unsigned n = 0; (node = node->next) != &me->tree.children; n++) {
		child = list_entry(node, struct process, tree.sibling);
		if (matches(child, request)) {
			result = report_child(request, child, reaped);
			if (result)
				return result;
		}
		if (n >= CHILDREN_AT_ONCE) {
			process_get(child);
			*at = child;
			break;
		}
	}
	return result;
}

/* 1: reported; 0: there are children, but none has changed its state; -ECHILD. */
static int scan_children(struct wait_request *request)
{
	struct process *at = NULL, *reaped = NULL, *before;
	int result = -ECHILD, some;

	do {
		before = at;
		process_tree_lock();
		some = request->which == P_PID ? look_at_one(request, &reaped)
					       : look_at_some(request, &at, &reaped);
		process_tree_unlock();
		if (before)
			process_put(before);
		result = max(result, some);
	} while (at);
	if (reaped)
		process_put(reaped);
	return result;
}

pid_t process_wait(struct wait_request *request)
{
	struct process *me = current_process();
	bool interrupted = false;
	struct wait_entry entry;
	int result = scan_children(request);

	if (result == 0 && !(request->options & WNOHANG)) {
		wait_entry_init(&entry);
		for (;;) {
			waitq_prepare(&me->tree.child_exit, &entry, THREAD_SLEEPING); /* W2 */
			result = scan_children(request);
			if (result || interrupted)
				break;
			interrupted = sched_sleep(DEADLINE_NEVER) != 0;
		}
		waitq_finish(&me->tree.child_exit, &entry);
		if (result == 0)
			return -ERESTARTSYS;
	}
	return result == 1 ? request->pid : result;
}
