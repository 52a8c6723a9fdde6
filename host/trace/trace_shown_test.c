// SPDX-License-Identifier: MIT
#include "trace/fake_log.h"
#include "trace/trace_shown.h"

/* "S" for each step that is shown, and in between what the folds say. */
static const char *protocol(struct trace_log *log, bool all)
{
	static char out[512];
	struct trace_filter filter;
	struct trace_report report = {.log = log, .filter = &filter, .all = all};
	struct trace_text text = TRACE_TEXT(out);
	struct trace_fold fold = {0};
	struct trace_shown shown;
	struct trace_model m;
	struct trace_step step;

	trace_filter_init(&filter);
	if (!log->all)
		assert_int_equal(trace_log_merge(log), 0);
	assert_int_equal(trace_shown_init(&shown, &report), 0);
	assert_int_equal(trace_model_init(&m, log), 0);
	out[0] = '\0';
	while (trace_model_next(&m, &step)) {
		bool shows = trace_shown_takes(&shown, &m, &step);

		if (!shows && trace_fold_add(&fold, &shown, &step))
			continue;
		if (fold.steps) {
			trace_text_add(&text, "[");
			trace_fold_text(&fold, &text);
			trace_text_add(&text, "]");
			fold.steps = 0;
		}
		if (shows)
			trace_text_add(&text, "S");
		else
			assert_true(trace_fold_add(&fold, &shown, &step));
	}
	if (fold.steps)
		trace_fold_text(&fold, &text);
	trace_model_fini(&m);
	trace_shown_fini(&shown);
	return out;
}

static void test_folds(void **state)
{
	struct trace_log log = {0};

	(void)state;
	FAKE(&log, 1, 0, boot_trap_table, 0, 22);
	FAKE(&log, 2, 0, thread_name, 0, (uint32_t)-1, 0, fake_word("first"));
	FAKE(&log, 3, 0, boot_timer_started, 0, 10000000);
	FAKE(&log, 4, 0, thread_name, 0, 1, 1, fake_word("init"));
	FAKE(&log, 5, 0, sched_switch, 0, 0, 1);
	FAKE(&log, 6, 1, user_enter, 0, 1, 0x1000, 0x2000);
	FAKE(&log, 7, 1, syscall_enter, 39);
	FAKE(&log, 8, 1, syscall_exit, 39, 1, 0x1000);
	FAKE(&log, 9, 1, process_create, 0, 2, 1, 2);
	FAKE(&log, 10, 2, syscall_enter, 12); /* before it executes the program */
	FAKE(&log, 11, 2, syscall_enter, 59);
	FAKE(&log, 12, 2, syscall_exit, 59, 0, 0x1000);
	FAKE(&log, 13, 1, syscall_enter, 39);
	assert_string_equal(protocol(&log, false),
			    "S[boot: 1 step]S[boot: 2 steps][init: 3 steps]S[init: 1 step]SS"
			    "init: 1 step");
	assert_string_equal(protocol(&log, true), "SSSSSSSSSSSSS");
	trace_log_fini(&log);
}

/* A trace that begins while the system runs has no boot to fold. */
static void test_without_boot(void **state)
{
	struct trace_log log = {0};

	(void)state;
	FAKE(&log, 1, 0, sched_pick, 1, 1);
	FAKE(&log, 2, 1, process_create, 0, 2, 1, 2);
	assert_string_equal(protocol(&log, false), "[idle: 1 step]S");
	trace_log_fini(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folds),
		cmocka_unit_test(test_without_boot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
