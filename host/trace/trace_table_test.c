// SPDX-License-Identifier: MIT
#include "trace/fake_log.h"
#include "trace/trace_json.h"
#include "trace/trace_table.h"

static const char *const program[] = {"prog", "a \"quoted\" argument", NULL};

/* Write @log by @write; the caller frees the text. */
static char *written(struct trace_log *log, int (*write)(FILE *, const struct trace_report *),
		     unsigned width)
{
	struct trace_filter filter;
	struct trace_report report = {.log = log,
				      .filter = &filter,
				      .kernel = "kernel",
				      .program = program,
				      .end = "exit 0",
				      .width = width};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	trace_filter_init(&filter);
	assert_non_null(out);
	if (!log->all)
		assert_int_equal(trace_log_merge(log), 0);
	assert_int_equal(write(out, &report), 0);
	fclose(out);
	return text;
}

static size_t columns_of(const char *line, size_t bytes)
{
	size_t columns = 0;

	for (size_t i = 0; i < bytes; i++)
		columns += ((unsigned char)line[i] & 0xc0) != 0x80;
	return columns;
}

static void fill(struct trace_log *log)
{
	FAKE(log, 1000, 0, boot_trap_table, 0, 22);
	FAKE(log, 2000, 1, syscall_enter, 39);
	FAKE(log, 2100, 1, syscall_exit, 39, 1, 0x1000);
	FAKE(log, 2200, 1, process_create, 0, 2, 1, 2);
	FAKE(log, 2300, 2, syscall_enter, 12, 0x5ec000);
	FAKE(log, 2400, 2, syscall_enter, 59, 0x1000, 0x2000, 0x3000);
	FAKE(log, 2500, 2, syscall_exit, 59, 0, 0x401000);
	for (unsigned i = 0; i < 10; i++) {
		FAKE(log, 3000 + 100 * i, 2, syscall_enter, 1, 1, 0x4a2000, 6);
		FAKE(log, 3050 + 100 * i, 2, syscall_exit, 1, 6, 0x401234);
	}
	FAKE(log, 5000, 1, process_reap, 0, 2, 0);
}

static void test_layout(void **state)
{
	struct trace_log log = {0};
	char *text, *line;

	(void)state;
	fill(&log);
	for (unsigned width = TRACE_TABLE_WIDTH_MIN; width < 180; width += 4) {
		text = written(&log, trace_table_write, width);
		for (line = text; *line; line += strcspn(line, "\n") + 1)
			assert_true(columns_of(line, strcspn(line, "\n")) <= width);
		free(text);
	}
	trace_log_fini(&log);
}

static void test_what_is_shown(void **state)
{
	struct trace_log log = {0};
	char *text;

	(void)state;
	fill(&log);
	text = written(&log, trace_table_write, 160);
	assert_non_null(strstr(text, "boot: initialise the trap table"));
	assert_null(strstr(text, "getpid()")); /* init's */
	assert_null(strstr(text, "brk("));     /* of init's copy */
	assert_non_null(strstr(text, "create the entry of process 2"));
	assert_non_null(strstr(text, "execve(0x1000"));
	assert_non_null(strstr(text, "write(1, 0x4a2000, 6): trap"));
	assert_null(strstr(strstr(text, "write(1,") + 1, "write(1,")); /* folded */
	assert_non_null(strstr(text, "the last 2 steps 9 times more, until 3.950"));
	assert_non_null(strstr(text, "remove process 2"));
	assert_non_null(strstr(text, "… others: 2 steps\n"));
	assert_null(strstr(text, "boot: 1 step")); /* it is shown */
	assert_non_null(strstr(text, "2 runs: 500 ns"));
	assert_non_null(strstr(text, "end: exit 0; 28 events\n"));
	free(text);
	trace_log_fini(&log);
}

/* What is in a buffer makes no step another one; a path does. */
static void test_memory(void **state)
{
	struct trace_log log = {0};
	char *text;

	(void)state;
	fill(&log);
	for (unsigned i = 0; i < 9; i++) {
		char byte = (char)('a' + i);

		FAKE(&log, 6000 + 100 * i, 2, syscall_enter, 1, 1, 0x4a2000, 1);
		fake_data(&log, 6010 + 100 * i, 2, 0x4a2000, &byte, 1);
		FAKE(&log, 6050 + 100 * i, 2, syscall_exit, 1, 1, 0x401234);
	}
	for (unsigned i = 0; i < 9; i++) {
		char path[] = {'/', (char)('a' + i), '\0'};

		FAKE(&log, 7000 + 100 * i, 2, syscall_enter, 80, 0x4a2000);
		fake_data(&log, 7010 + 100 * i, 2, 0x4a2000, path, 3);
		FAKE(&log, 7050 + 100 * i, 2, syscall_exit, 80, 0, 0x401234);
	}
	text = written(&log, trace_table_write, 160);
	assert_non_null(strstr(text, "write(1, \"a\", 1): trap"));
	assert_null(strstr(text, "write(1, \"b\", 1)"));
	assert_non_null(strstr(text, "the last 2 steps 8 times more, until 6.850"));
	assert_non_null(strstr(text, "chdir(\"/a\"): trap"));
	assert_non_null(strstr(text, "chdir(\"/i\"): trap"));
	assert_non_null(strstr(text, "end: exit 0; 64 events\n")); /* memory is no event */
	free(text);
	trace_log_fini(&log);
}

/* The column that contains a text. */
static unsigned column_of(const char *text, const char *what)
{
	const char *at = strstr(text, what);
	unsigned bars = 0;

	assert_non_null(at);
	for (; at > text && *at != '\n'; at--)
		bars += strncmp(at, "│", strlen("│")) == 0;
	return bars;
}

static void test_columns(void **state)
{
	struct trace_log log = {0};
	char *text;

	(void)state;
	fill(&log);
	text = written(&log, trace_table_write, 160);
	assert_int_equal(column_of(text, "handle the trap: system call write"), 1);
	assert_int_equal(column_of(text, "move to kernel mode"), 2);
	assert_int_equal(column_of(text, "write(1, 0x4a2000, 6): trap"), 3);
	free(text);
	trace_log_fini(&log);
}

static void test_nothing(void **state)
{
	struct trace_log log = {.nr_cpus = 1};
	char *text;

	(void)state;
	text = written(&log, trace_table_write, 100);
	assert_non_null(strstr(text, "0 events"));
	free(text);
	text = written(&log, trace_json_write, 100);
	assert_non_null(strstr(text, "\"events\":0"));
	free(text);
	trace_log_fini(&log);
}

static void test_losses(void **state)
{
	struct trace_log log = {0};
	char *text;

	(void)state;
	fill(&log);
	log.lost[0] = 17;
	log.torn = 2;
	text = written(&log, trace_table_write, 100);
	assert_non_null(strstr(text, "28 events; 17 of 45 events and copies of memory were lost; "
				     "2 were not written whole"));
	free(text);
	text = written(&log, trace_json_write, 100);
	assert_non_null(strstr(text, "\"lost\":[17],\"torn\":2"));
	free(text);
	trace_log_fini(&log);
}

/* A process may call itself anything; a terminal gets printable characters. */
static void test_forged_name(void **state)
{
	struct trace_log log = {0};
	char *text;

	(void)state;
	FAKE(&log, 5, 3, thread_name, 0, 3, 3, fake_word("\x1b]0;x\a\n"));
	FAKE(&log, 7, 3, memory_allocate, 0, 4096, 4096, 3);
	text = written(&log, trace_table_write, 132);
	assert_non_null(strstr(text, "\\x1b]0;x\\x07"));
	assert_null(strchr(text, 0x1b));
	assert_null(strchr(text, 7));
	free(text);
	trace_log_fini(&log);
}

static void test_json(void **state)
{
	struct trace_log log = {0};
	char *text;

	(void)state;
	FAKE(&log, 5, 3, thread_name, 0, 3, 3, fake_word("\"\\\n\xff\xc3\xa4z"));
	FAKE(&log, 7, 0xfffffffe, memory_allocate, 0, UINT64_MAX, (uint64_t)-5, 3);
	text = written(&log, trace_json_write, 100);
	assert_non_null(strstr(text, "\"program\":[\"prog\",\"a \\\"quoted\\\" argument\"]"));
	assert_non_null(strstr(text, "\"thread\":\"\\\"\\\\\\\\x0a\\\\xff\xc3\xa4z\""));
	assert_non_null(strstr(text, "{\"ns\":7,\"cpu\":0,\"tid\":-2,\"pid\":0,"));
	assert_non_null(strstr(
		text, "\"args\":{\"start\":18446744073709551615,\"length\":-5,\"protection\":3}"));
	free(text);
	trace_log_fini(&log);
}

/* Where a message goes, and where it comes from. */
static void test_messages(void **state)
{
	unsigned flush = FAKE_TRAP("flush message");
	struct trace_log log = {0};
	char *text;

	(void)state;
	FAKE(&log, 100, 5, message_send, flush, 1);
	FAKE_ON(&log, 1, 180, 0, interrupt_enter, flush, 0x1000, 252, 0);
	assert_int_equal(trace_log_merge(&log), 0);
	text = written(&log, trace_json_write, 100);
	assert_non_null(strstr(text, "\"name\":\"flush message\",\"args\":{\"cpu\":1},"
				     "\"received_ns\":180"));
	assert_non_null(strstr(text, ",\"from_cpu\":0,\"sent_ns\":100"));
	free(text);
	trace_log_fini(&log);
}

/* A call that no table knows has a name in both of its events, so that it is told from others. */
static void test_unknown_call(void **state)
{
	static const char name[] = "\"detail\":9999,\"name\":\"syscall_0x270f\"";
	struct trace_log log = {0};
	char *text, *first;

	(void)state;
	FAKE(&log, 5, 3, syscall_enter, 9999, 1, 2, 3, 4, 5, 6);
	FAKE(&log, 7, 3, syscall_exit, 9999, (uint64_t)-38, 0x401000);
	text = written(&log, trace_json_write, 100);
	first = strstr(text, name);
	assert_non_null(first);
	assert_non_null(strstr(first + 1, name));
	free(text);
	trace_log_fini(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),	      cmocka_unit_test(test_layout),
		cmocka_unit_test(test_what_is_shown), cmocka_unit_test(test_columns),
		cmocka_unit_test(test_nothing),	      cmocka_unit_test(test_losses),
		cmocka_unit_test(test_json),	      cmocka_unit_test(test_unknown_call),
		cmocka_unit_test(test_messages),      cmocka_unit_test(test_forged_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
