// SPDX-License-Identifier: MIT
#include "trace/fake_log.h"
#include "trace/trace_states.h"

enum { BLOCKED_WHY = 4, PREEMPTED_WHY = 2 };

struct play {
	struct trace_log log;
	struct trace_model model;
	struct trace_states states;
	struct trace_change changes[TRACE_CHANGES_MAX];
	int nr;
};

static void begin(struct play *p)
{
	assert_int_equal(trace_log_merge(&p->log), 0);
	assert_int_equal(trace_model_init(&p->model, &p->log), 0);
	trace_states_init(&p->states);
}

static void step(struct play *p)
{
	struct trace_step s;

	assert_true(trace_model_next(&p->model, &s));
	p->nr = trace_states_take(&p->states, &s, p->changes);
	assert_true(p->nr >= 0);
}

static void end(struct play *p)
{
	trace_states_fini(&p->states);
	trace_model_fini(&p->model);
	trace_log_fini(&p->log);
}

static enum trace_state state_of(struct play *p, uint32_t tid)
{
	return p->states.actors[trace_states_actor(&p->states, tid, 0)].state;
}

static void test_modes(void **state)
{
	struct play p = {0};

	(void)state;
	FAKE(&p.log, 100, 5, user_enter, 0, 5, 0x400000, 0x7000);
	FAKE(&p.log, 200, 5, syscall_enter, 39);
	FAKE(&p.log, 300, 5, syscall_exit, 39, 5, 0x400000);
	FAKE(&p.log, 400, 5, interrupt_enter, FAKE_TRAP("timer interrupt"), 0x400000, 236, 1);
	FAKE(&p.log, 500, 5, interrupt_exit, FAKE_TRAP("timer interrupt"), 0x400000, 1);
	begin(&p);
	for (int i = 0; i < 5; i++) {
		step(&p);
		assert_int_equal(p.nr, 1);
		assert_int_equal(p.changes[0].to, i % 2 ? TRACE_STATE_KERNEL : TRACE_STATE_USER);
	}
	end(&p);
}

/* 5 blocks, 6 runs and wakes it, is preempted by it, and 5 ends. */
static void test_switches(void **state)
{
	struct play p = {0};

	(void)state;
	FAKE(&p.log, 100, 5, syscall_enter, 35);
	FAKE(&p.log, 200, 5, sched_switch, BLOCKED_WHY, 5, 6, FAKE_STATE("sleeping"));
	FAKE(&p.log, 250, 5, address_space, 0, 0x1000); /* still on the old stack */
	FAKE(&p.log, 300, 6, user_enter, 0, 6, 0x400000, 0x7000);
	FAKE(&p.log, 400, 6, interrupt_enter, FAKE_TRAP("timer interrupt"), 0x400000, 236, 1);
	FAKE(&p.log, 500, 6, sched_wake, 0, 5, 0);
	FAKE(&p.log, 600, 6, sched_switch, PREEMPTED_WHY, 6, 5, FAKE_STATE("ready"));
	FAKE(&p.log, 700, 5, thread_exit, 0, 5, 5, 0);
	FAKE(&p.log, 800, 5, sched_switch, 5, 5, 0, FAKE_STATE("dead"));
	FAKE(&p.log, 900, 0, interrupt_enter, FAKE_TRAP("timer interrupt"), 0xffffffff80000000, 236,
	     0);
	FAKE(&p.log, 950, 0, interrupt_exit, FAKE_TRAP("timer interrupt"), 0xffffffff80000000, 0);
	begin(&p);
	step(&p);
	step(&p);
	assert_int_equal(state_of(&p, 5), TRACE_STATE_BLOCKED);
	assert_int_equal(state_of(&p, 6), TRACE_STATE_KERNEL);
	step(&p);
	assert_int_equal(p.nr, 0);
	step(&p);
	assert_int_equal(state_of(&p, 6), TRACE_STATE_USER);
	step(&p);
	step(&p);
	assert_int_equal(state_of(&p, 5), TRACE_STATE_READY);
	step(&p);
	assert_int_equal(p.nr, 2); /* T1: the thread that leaves comes first */
	assert_int_equal(p.changes[0].to, TRACE_STATE_READY);
	assert_int_equal(p.changes[1].to, TRACE_STATE_KERNEL);
	assert_int_equal(p.changes[1].woken, 5); /* the step of the wake-up */
	step(&p);
	step(&p);
	assert_int_equal(state_of(&p, 5), TRACE_STATE_EXITED);
	assert_int_equal(state_of(&p, 0), TRACE_STATE_IDLE);
	step(&p);
	assert_int_equal(state_of(&p, 0), TRACE_STATE_KERNEL);
	step(&p);
	assert_int_equal(state_of(&p, 0), TRACE_STATE_IDLE);
	end(&p);
}

/* Events are missing: the thread that a step shows running is the only one. */
static void test_lost(void **state)
{
	struct play p = {0};

	(void)state;
	FAKE(&p.log, 100, 5, syscall_enter, 39);
	FAKE(&p.log, 200, 6, syscall_enter, 39);
	for (uint32_t tid = 10; tid < 400; tid++) /* more than the first room */
		FAKE(&p.log, 200 + tid, tid, syscall_exit, 39, 1, 0x400000);
	begin(&p);
	step(&p);
	step(&p);
	assert_int_equal(p.nr, 2);
	assert_int_equal(state_of(&p, 5), TRACE_STATE_NONE);
	assert_int_equal(state_of(&p, 6), TRACE_STATE_KERNEL);
	for (uint32_t tid = 10; tid < 400; tid++)
		step(&p);
	assert_int_equal(state_of(&p, 6), TRACE_STATE_NONE);
	assert_int_equal(state_of(&p, 399), TRACE_STATE_USER);
	end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_switches),
		cmocka_unit_test(test_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
