// SPDX-License-Identifier: MIT
/*
 * family_test.c -- parents, process groups and sessions against a reference.
 *
 * Idea. A family of up to two dozen processes forks, changes groups, begins sessions, ends, and
 *   waits. The reference keeps three numbers for each and finds by the definitions of POSIX which
 *   calls are refused, which process becomes whose parent, which wait finds what, and which groups
 *   an end orphans: those with stopped members must get SIGHUP and SIGCONT, and no other. The ends
 *   are those of the kernel (thread_exit_user), up to where the thread would leave the CPU.
 */
#include "unit_family.h"
#include "unit_heap.h"
#include "unit_sleep.h"
#include "unit_test.h"

#include "core/errno.h"

#include <linux/wait.h>

#define FAMILY 24
#define INIT 0

static u64 seed = 41;

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_random(&seed) % n);
}

/* ---- the reference: a process ---------------------------------------------------------------- */

static struct person {
	struct process *process; /* NULL: the place is free */
	pid_t pid, group, session;
	unsigned parent;
	bool is_zombie, is_stopped, is_subreaper, has_execed, ignores_children;
	int status;
} people[FAMILY];

static void run_as(unsigned i)
{
	unit_process_run_as(people[i].process);
}

static void person_begins(unsigned i, unsigned parent)
{
	struct person *person = &people[i], *from = &people[parent];

	*person = (struct person){.process = unit_process_begin(i == INIT ? NULL : from->process),
				  .parent = parent,
				  .group = from->group,
				  .session = from->session};
	person->pid = process_id(person->process);
}

/* ---- what the ends tell ---------------------------------------------------------------------- */

static struct {
	pid_t group;
	int signal;
} hang_ups[64];
static unsigned nr_hang_ups, nr_children_signals;

static void group_is_signalled(struct pid *group, int signal)
{
	struct process *process;

	hang_ups[nr_hang_ups].group = group->number;
	hang_ups[nr_hang_ups++].signal = signal;
	if (signal == SIGCONT)
		list_for_each_entry(process, &group->members[PID_GROUP], job.group_node)
			process->stop.active = false;
}

static void parent_is_signalled(struct process *parent, const siginfo_t *info)
{
	assert_int_equal(info->si_signo, SIGCHLD);
	for (unsigned i = 0; i < FAMILY; i++) {
		int status = people[i].status;

		if (people[i].process == parent)
			assert_false(people[i].ignores_children);
		if (!people[i].process || people[i].pid != info->si_pid)
			continue;
		assert_int_equal(info->si_status, status & 0x7f ? status & 0x7f : status >> 8);
		nr_children_signals++;
	}
}

/* ---- the reference: ends --------------------------------------------------------------------- */

static bool exists(unsigned i)
{
	return people[i].process;
}

static bool is_alive(unsigned i)
{
	return exists(i) && !people[i].is_zombie;
}

/* By the definition: does no member have a parent outside the group but inside the session? */
static bool is_orphaned_group(pid_t group)
{
	for (unsigned i = 1; i < FAMILY; i++) {
		const struct person *p = &people[i], *parent = &people[p->parent];

		if (is_alive(i) && p->group == group && p->parent != INIT &&
		    parent->group != group && parent->session == p->session)
			return false;
	}
	return true;
}

static bool has_stopped_member(pid_t group)
{
	for (unsigned i = 0; i < FAMILY; i++)
		if (is_alive(i) && people[i].group == group && people[i].is_stopped)
			return true;
	return false;
}

static bool is_link(const struct person *child, const struct person *parent)
{
	return parent->group != child->group && parent->session == child->session;
}

/* It is gone, with its tree reference. */
static void model_reap(unsigned i)
{
	people[i].process = NULL;
}

static void model_becomes_zombie(unsigned i)
{
	people[i].is_zombie = true;
	people[i].is_stopped = false;
	if (people[people[i].parent].ignores_children)
		model_reap(i);
}

static unsigned model_reaper(unsigned i)
{
	do
		i = people[i].parent;
	while (i != INIT && !(people[i].is_subreaper && is_alive(i)));
	return i;
}

static pid_t lost_links[FAMILY + 1];
static unsigned nr_lost_links, nr_hung_up;

static void model_end(unsigned i)
{
	struct person *me = &people[i];
	unsigned reaper = model_reaper(i);

	nr_lost_links = 0;
	for (unsigned c = 1; c < FAMILY; c++) {
		if (!exists(c) || people[c].parent != i)
			continue;
		people[c].parent = reaper;
		if (people[c].is_zombie && people[reaper].ignores_children)
			model_reap(c);
		else if (is_link(&people[c], me))
			lost_links[nr_lost_links++] = people[c].group;
	}
	if (is_link(me, &people[me->parent]))
		lost_links[nr_lost_links++] = me->group;
	me->is_zombie = true; /* it links its group no more */
}

/* Each group that was orphaned and has stopped members got SIGHUP, then SIGCONT; no other. */
static void check_hang_ups(void)
{
	unsigned n = 0;

	for (unsigned g = 0; g < nr_lost_links; g++) {
		pid_t group = lost_links[g];

		if (!is_orphaned_group(group) || !has_stopped_member(group))
			continue;
		for (n = 0; n < nr_hang_ups && hang_ups[n].group != group; n += 2)
			;
		assert_true(n < nr_hang_ups);
		assert_int_equal(hang_ups[n].signal, SIGHUP);
		assert_int_equal(hang_ups[n + 1].group, group);
		assert_int_equal(hang_ups[n + 1].signal, SIGCONT);
		hang_ups[n].group = hang_ups[n + 1].group = 0; /* once */
		nr_hung_up++;
		for (unsigned i = 0; i < FAMILY; i++)
			if (exists(i) && people[i].group == group)
				people[i].is_stopped = false;
	}
	for (n = 0; n < nr_hang_ups; n++)
		assert_int_equal(hang_ups[n].group, 0);
}

static void person_ends(unsigned i, int status)
{
	people[i].status = status;
	people[i].is_stopped = false; /* the signal that kills it continues it */
	people[i].process->stop.active = false;
	nr_hang_ups = 0;
	unit_process_end(people[i].process, status);
	model_end(i);
	check_hang_ups();
	model_becomes_zombie(i);
}

/* ---- the reference: groups, sessions, waits -------------------------------------------------- */

static bool group_exists(pid_t group)
{
	for (unsigned i = 0; i < FAMILY; i++)
		if (exists(i) && people[i].group == group)
			return true;
	return false;
}

static pid_t session_of_group(pid_t group)
{
	for (unsigned i = 0; i < FAMILY; i++)
		if (exists(i) && people[i].group == group)
			return people[i].session;
	return -1;
}

/* setpgid(2), ERRORS. */
static int model_set_group(unsigned me, unsigned target, pid_t group)
{
	const struct person *t = &people[target];

	if (target != me && t->parent != me)
		return -ESRCH;
	if (target != me && t->session != people[me].session)
		return -EPERM;
	if (target != me && t->has_execed)
		return -EACCES;
	if (t->session == t->pid) /* a leader */
		return -EPERM;
	if (group != t->pid && session_of_group(group) != people[me].session)
		return -EPERM;
	return 0;
}

static void random_set_group(unsigned me)
{
	unsigned target = pick(2) ? me : pick(FAMILY), other = pick(FAMILY);
	pid_t group;
	int expected;

	if (!exists(target) || !exists(other))
		return;
	group = pick(2) ? people[target].pid : pick(2) ? people[other].group : people[other].pid;
	if (!group)
		return; /* means another one */
	expected = model_set_group(me, target, group);
	run_as(me);
	assert_int_equal(session_set_group(target == me && pick(2) ? 0 : people[target].pid,
					   group == people[target].pid && pick(2) ? 0 : group),
			 expected);
	if (!expected)
		people[target].group = group;
}

static void random_session(unsigned me)
{
	bool allowed = !group_exists(people[me].pid);

	run_as(me);
	assert_int_equal(session_create(), allowed ? people[me].pid : -EPERM);
	if (allowed)
		people[me].group = people[me].session = people[me].pid;
}

static bool request_matches(const struct wait_request *request, unsigned child)
{
	return request->which == P_ALL ||
	       (request->which == P_PID ? people[child].pid : people[child].group) == request->id;
}

static void check_reaped(const struct wait_request *request, unsigned me)
{
	for (unsigned c = 1; c < FAMILY; c++) {
		int status = people[c].status;

		if (!exists(c) || people[c].pid != request->pid)
			continue;
		assert_true(people[c].is_zombie && people[c].parent == me &&
			    request_matches(request, c));
		assert_int_equal(request->status, status);
		assert_int_equal(request->code, status & 0x7f ? CLD_KILLED : CLD_EXITED);
		if (!(request->options & WNOWAIT))
			model_reap(c);
		return;
	}
	fail_msg("a child is reaped that does not exist");
}

static void random_wait(unsigned me)
{
	static const int which[] = {P_ALL, P_PID, P_PGID};
	unsigned other = pick(FAMILY), nr_children = 0, nr_zombies = 0;
	struct wait_request request = {.which = which[pick(3)],
				       .options = WNOHANG | WEXITED | (pick(4) ? 0 : WNOWAIT)};
	pid_t result;

	if (!exists(other))
		return;
	request.id = request.which == P_PID ? people[other].pid : people[other].group;
	for (unsigned c = 1; c < FAMILY; c++) {
		if (!exists(c) || people[c].parent != me || !request_matches(&request, c))
			continue;
		nr_children++;
		nr_zombies += people[c].is_zombie;
	}
	run_as(me);
	result = process_wait(&request);
	if (nr_zombies)
		assert_int_equal(result, request.pid);
	else
		assert_int_equal(result, nr_children ? 0 : -ECHILD);
	if (nr_zombies)
		check_reaped(&request, me);
}

/* ---- random families ------------------------------------------------------------------------- */

static void random_change(unsigned me)
{
	struct person *person = &people[me];

	switch (pick(8)) {
	case 0:
		person->is_subreaper = person->process->attributes.child_subreaper = pick(2);
		break;
	case 1:
		person->has_execed = person->process->job.has_execed = true;
		break;
	case 2:
		person->ignores_children = !pick(4);
		person->process->signals.handlers->changed = SIGNAL_BIT(SIGCHLD);
		person->process->signals.handlers->actions[SIGCHLD - 1].handler =
			person->ignores_children ? (u64)SIG_IGN : (u64)SIG_DFL;
		break;
	default:
		person->is_stopped = person->process->stop.active = me != INIT && pick(2);
	}
}

static void random_step(unsigned me)
{
	unsigned other = pick(FAMILY), what = pick(32);

	if (what < 14 && !exists(other))
		person_begins(other, me);
	else if (what < 20)
		random_set_group(me);
	else if (what == 20)
		random_session(me);
	else if (what < 23 && me != INIT)
		person_ends(me, pick(2) ? (int)pick(256) << 8 : 1 + (int)pick(60));
	else if (what < 27)
		random_change(me);
	else
		random_wait(me);
}

static unsigned round_now, step_now; /* where the test is */

static void compare(unsigned i, const char *what, long is, long wanted)
{
	if (is != wanted)
		fail_msg("round %u, step %u, process %u: %s is %ld, wanted %ld", round_now,
			 step_now, i, what, is, wanted);
}

static void compare_all(void)
{
	for (unsigned i = 0; i < FAMILY; i++) {
		const struct process *process = people[i].process;

		if (!process)
			continue;
		compare(i, "group", process->job.group->number, people[i].group);
		compare(i, "session", process->job.session->number, people[i].session);
		compare(i, "state", process->tree.state,
			people[i].is_zombie ? PROCESS_ZOMBIE : PROCESS_ALIVE);
		compare(i, "stopped", process->stop.active, people[i].is_stopped);
		if (i != INIT)
			compare(i, "parent", process_id(process->tree.parent),
				people[people[i].parent].pid);
		if (people[i].is_zombie)
			continue;
		run_as(i);
		compare(i, "getpgid(0)", session_group_of(0), people[i].group);
		compare(i, "orphaned", session_current_is_orphaned(),
			is_orphaned_group(people[i].group));
	}
}

/* All but init end and are reaped by it; nothing is left. */
static void family_ends(void)
{
	struct wait_request request = {.which = P_ALL, .options = WEXITED | WNOHANG};

	for (unsigned i = 1; i < FAMILY; i++)
		if (is_alive(i))
			person_ends(i, 0);
	run_as(INIT);
	while (process_wait(&request) > 0)
		check_reaped(&request, INIT);
	for (unsigned i = 1; i < FAMILY; i++)
		assert_false(exists(i));
	unit_init_vanishes();
	assert_int_equal(unit_heap_in_use, 0); /* numbers */
}

static void families_are_those_of_the_reference(void **state)
{
	(void)state;
	for (round_now = 0; round_now < 150; round_now++) {
		memset(people, 0, sizeof(people));
		person_begins(INIT, INIT);
		for (step_now = 0; step_now < 1000; step_now++) {
			unsigned me = pick(FAMILY);

			if (is_alive(me))
				random_step(me);
			compare_all();
		}
		family_ends();
	}
	assert_true(nr_children_signals > 1000 && nr_hung_up > 200);
}

static int setup(void **state)
{
	(void)state;
	pid_init();
	unit_group_signalled = group_is_signalled;
	unit_parent_signalled = parent_is_signalled;
	return 0;
}

UNIT_MAIN(cmocka_unit_test_setup(families_are_those_of_the_reference, setup))
