// SPDX-License-Identifier: MIT
/*
 * wait_test.c -- waits that sleep, reports of stops, usage. Which child a wait finds is part of
 * family_test.c.
 */
#include "unit_family.h"
#include "unit_sleep.h"
#include "unit_test.h"

#include "core/errno.h"

#include <linux/wait.h>

static struct process *mother, *child, *sister;

static int family_begins(void **state)
{
	(void)state;
	mother = unit_process_begin(NULL);
	child = unit_process_begin(mother);
	sister = unit_process_begin(mother);
	unit_process_run_as(mother);
	return 0;
}

static int family_ends(void **state)
{
	struct wait_request request = {.which = P_ALL, .options = WEXITED | WNOHANG};

	(void)state;
	unit_asleep = NULL;
	if (child->tree.state == PROCESS_ALIVE)
		unit_process_end(child, 0);
	if (sister->tree.state == PROCESS_ALIVE)
		unit_process_end(sister, 0);
	while (process_wait(&request) > 0)
		;
	unit_init_vanishes();
	return 0;
}

/* ---- sleeping -------------------------------------------------------------------------------- */

/* First one that is not waited for. */
static int sisters_end(u64 deadline_ns)
{
	(void)deadline_ns;
	if (sister->tree.state == PROCESS_ALIVE)
		unit_process_end(sister, 7 << 8);
	else
		unit_process_end(child, SIGKILL);
	return 0;
}

static int interrupt(u64 deadline_ns)
{
	(void)deadline_ns;
	return -EINTR;
}

/* The child ends just when the signal comes. */
static int interrupt_and_end(u64 deadline_ns)
{
	(void)deadline_ns;
	unit_process_end(child, 3 << 8);
	return -EINTR;
}

static void a_wait_sleeps_until_its_child_ends(void **state)
{
	struct wait_request request = {.which = P_PID, .options = WEXITED | WNOWAIT};

	(void)state;
	request.id = process_id(child);
	unit_asleep = interrupt;
	assert_int_equal(process_wait(&request), -ERESTARTSYS);
	unit_asleep = sisters_end;
	unit_nr_sleeps = 0;
	assert_int_equal(process_wait(&request), process_id(child));
	assert_int_equal(unit_nr_sleeps, 2);
	assert_int_equal(request.status, SIGKILL);
	assert_int_equal(request.code, CLD_KILLED);
	assert_int_equal(request.value, SIGKILL);
}

static void a_child_is_preferred_to_a_signal(void **state)
{
	struct wait_request request = {.which = P_ALL, .options = WEXITED | WNOWAIT};

	(void)state;
	unit_asleep = interrupt_and_end;
	assert_int_equal(process_wait(&request), process_id(child));
	assert_int_equal(request.code, CLD_EXITED);
	assert_int_equal(request.value, 3);
}

static int child_stops(u64 deadline_ns)
{
	(void)deadline_ns;
	child->stop.flags = PROCESS_STOP_REPORT;
	child->stop.signal = SIGTTIN;
	process_notify_parent_stop(child, CLD_STOPPED);
	return 0;
}

static void a_stop_ends_a_wait_for_stops(void **state)
{
	struct wait_request request = {.which = P_ALL, .options = WEXITED | WSTOPPED};

	(void)state;
	unit_asleep = child_stops;
	assert_int_equal(process_wait(&request), process_id(child));
	assert_int_equal(request.value, SIGTTIN);
}

/* ---- reports --------------------------------------------------------------------------------- */

static void stops_and_continuations_are_reported_once(void **state)
{
	static const struct {
		u32 flags;
		int options, code, status;
	} cases[] = {
		{PROCESS_STOP_REPORT, WSTOPPED, CLD_STOPPED, SIGTSTP << 8 | 0x7f},
		{PROCESS_STOP_REPORT, WCONTINUED, 0, 0},
		{PROCESS_STOP_REPORT, WEXITED, 0, 0},
		{PROCESS_CONTINUE_REPORT, WCONTINUED, CLD_CONTINUED, 0xffff},
		{PROCESS_CONTINUE_REPORT, WSTOPPED | WEXITED, 0, 0},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases) * 2; i++) {
		bool keeps = i % 2; /* WNOWAIT */
		struct wait_request request = {.which = P_ALL,
					       .options = cases[i / 2].options | WNOHANG |
							  (keeps ? WNOWAIT : 0)};
		pid_t expected = cases[i / 2].code ? process_id(child) : 0;

		child->stop.flags = cases[i / 2].flags;
		child->stop.signal = SIGTSTP;
		assert_int_equal(process_wait(&request), expected);
		if (!expected)
			continue;
		assert_int_equal(request.code, cases[i / 2].code);
		assert_int_equal(request.status, cases[i / 2].status);
		assert_int_equal(process_wait(&request), keeps ? expected : 0);
	}
	child->stop.flags = 0;
}

/* clone(2): children that do not send SIGCHLD are for __WCLONE and __WALL only. */
static void other_children_are_asked_for(void **state)
{
	static const struct {
		int options, finds_child, finds_sister;
	} cases[] = {{0, 0, 1}, {__WCLONE, 1, 0}, {__WALL, 1, 1}};

	(void)state;
	child->tree.exit_signal = SIGUSR1;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct wait_request request = {.which = P_PID,
					       .options = cases[i].options | WEXITED | WNOHANG};

		request.id = process_id(child);
		assert_int_equal(process_wait(&request), cases[i].finds_child ? 0 : -ECHILD);
		request.id = process_id(sister);
		assert_int_equal(process_wait(&request), cases[i].finds_sister ? 0 : -ECHILD);
	}
	child->tree.exit_signal = SIGCHLD;
}

/* What a child used, and what its own children did, is its parent's once it is waited for. */
static void usage_is_handed_up(void **state)
{
	struct wait_request request = {.which = P_ALL, .options = WEXITED};
	struct process *grandchild = unit_process_begin(child);

	(void)state;
	unit_process_end(grandchild, 0);
	unit_process_run_as(child);
	assert_int_equal(process_wait(&request), process_id(grandchild));
	assert_int_equal(request.usage.faults_minor, 1);
	unit_process_run_as(mother);
	process_get(child);
	unit_process_end(child, 0);
	assert_int_equal(process_wait(&request), process_id(child));
	assert_int_equal(request.usage.faults_minor, 2);
	assert_int_equal(mother->tree.children_usage.faults_minor, 2);
	process_put(child);
	child = sister;
}

static int setup(void **state)
{
	(void)state;
	pid_init();
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, family_begins, family_ends)

UNIT_MAIN_AFTER(setup, TEST(a_wait_sleeps_until_its_child_ends),
		TEST(a_child_is_preferred_to_a_signal), TEST(a_stop_ends_a_wait_for_stops),
		TEST(stops_and_continuations_are_reported_once), TEST(other_children_are_asked_for),
		TEST(usage_is_handed_up))
