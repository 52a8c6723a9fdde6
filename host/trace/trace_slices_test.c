// SPDX-License-Identifier: MIT
#include "trace/fake_log.h"
#include "trace/trace_slices.h"

/* What begins (its letter) and ends (')'): u user, t trap, h handler, r return. */
static void play(struct trace_log *log, const char *expected, const size_t *opened)
{
	static const char letters[NR_TRACE_SLICES] = {'u', 't', 'h', 'r'};
	struct trace_slice_op ops[TRACE_SLICE_OPS];
	struct trace_nest nest = {0};
	struct trace_model model;
	struct trace_step step;
	char got[256] = "";
	size_t len = 0, from;
	unsigned nr;

	assert_int_equal(trace_log_merge(log), 0);
	assert_int_equal(trace_model_init(&model, log), 0);
	while (trace_model_next(&model, &step)) {
		nr = trace_nest_take(&nest, &step, ops, &from);
		for (unsigned i = 0; i < nr; i++)
			got[len++] = ops[i].begin ? letters[ops[i].slice] : ')';
		got[len++] = ' ';
		if (opened)
			assert_int_equal(from, opened[step.index]);
	}
	nr = trace_nest_end(&nest, ops);
	for (unsigned i = 0; i < nr; i++)
		got[len++] = ops[i].begin ? letters[ops[i].slice] : ')';
	assert_string_equal(got, expected);
	assert_int_equal(nest.depth, 0);
	trace_model_fini(&model);
	trace_log_fini(log);
}

static void test_call(void **state)
{
	const size_t opened[] = {TRACE_NO_STEP, TRACE_NO_STEP, 1, TRACE_NO_STEP};
	struct trace_log log = {0};

	(void)state;
	FAKE(&log, 100, 5, user_enter, 0, 5, 0x400000, 0x7000);
	FAKE(&log, 200, 5, syscall_enter, 39);
	FAKE(&log, 300, 5, syscall_exit, 39, 5, 0x400000);
	FAKE(&log, 400, 5, syscall_enter, 60);
	play(&log, "u )th )r))u )th ))", opened);
}

/* An interrupt within a call; the program gets the CPU back later. */
static void test_nested(void **state)
{
	const size_t opened[] = {TRACE_NO_STEP, TRACE_NO_STEP, 1, 0, TRACE_NO_STEP, TRACE_NO_STEP};
	struct trace_log log = {0};

	(void)state;
	FAKE(&log, 100, 5, syscall_enter, 39);
	FAKE(&log, 200, 5, interrupt_enter, FAKE_TRAP("timer interrupt"), 0xffffffff80000000, 236,
	     0);
	FAKE(&log, 300, 5, interrupt_exit, FAKE_TRAP("timer interrupt"), 0xffffffff80000000, 0);
	FAKE(&log, 400, 5, syscall_exit, 39, 5, 0x400000);
	FAKE(&log, 500, 5, sched_pick, 2, 6, 0, 0);
	FAKE(&log, 900, 5, user_enter, 0, 5, 0x400000, 0x7000);
	play(&log, "th th )r)) )r  ))u )", opened);
}

/* exec: the call does not come back, but the thread comes to user mode. */
static void test_exec(void **state)
{
	const size_t opened[] = {TRACE_NO_STEP, 0};
	struct trace_log log = {0};

	(void)state;
	FAKE(&log, 100, 5, syscall_enter, 59);
	FAKE(&log, 900, 5, user_enter, 0, 5, 0x400000, 0x7000);
	play(&log, "th ))u )", opened);
}

static void test_lost(void **state)
{
	struct trace_log log = {0};

	(void)state;
	FAKE(&log, 100, 5, syscall_exit, 39, 5, 0x400000); /* an end without its beginning */
	FAKE(&log, 200, 5, syscall_enter, 39);
	FAKE(&log, 300, 5, trap_enter, FAKE_TRAP("page fault"), 0xffffffff80000000, 0x5000, 0, 0);
	FAKE(&log, 400, 5, syscall_exit, 39, 5, 0x400000); /* the trap's end is missing */
	FAKE(&log, 500, 5, syscall_enter, 1);
	FAKE(&log, 600, 5, syscall_enter, 2); /* the return is missing */
	for (unsigned i = 0; i < 2 * TRACE_SLICE_DEPTH; i++)
		FAKE(&log, 700 + i, 5, trap_enter, FAKE_TRAP("page fault"), 0xffffffff80000000,
		     0x5000, 0, 0);
	play(&log,
	     "u )th th )))r))u )th ))th th th th th th th th          "
	     "))))))))))))))))",
	     NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
