// SPDX-License-Identifier: MIT
#include "trace/trace_html.h"

#include <jansson.h>

#include "trace/fake_log.h"
#include "trace/trace_filter.h"
#include "trace/trace_strings.h"

static const char *const hostile[] = {"/bin/x", "</script><!--", "\xe2\x80\xa8", "\xff", NULL};

/* A log, and the page of it. */
struct written {
	struct trace_log log;
	struct trace_filter filter;
	char *page;
	json_t *data; /* in the page */
};

static void begin(struct written *w)
{
	*w = (struct written){0};
	trace_filter_init(&w->filter);
}

/* The page of the log as it is now. Returns: the data in it. */
static json_t *write_page(struct written *w)
{
	struct trace_report report = {
		.log = &w->log,
		.filter = &w->filter,
		.kernel = "creance.elf",
		.program = hostile,
		.end = "exit 0",
		.source_base = "https://example.org/<tree>",
	};
	size_t len;
	FILE *out = open_memstream(&w->page, &len);
	const char *from, *to;
	json_error_t error;

	assert_int_equal(trace_html_write(out, &report), 0);
	fclose(out);
	from = strstr(w->page, "id=\"trace\">");
	assert_non_null(from);
	from += strlen("id=\"trace\">");
	to = strstr(from, "</script>");
	assert_null(memchr(from, '<', (size_t)(to - from))); /* H1 */
	assert_null(memmem(from, (size_t)(to - from), "\xe2\x80\xa8", 3));
	w->data = json_loadb(from, (size_t)(to - from), 0, &error);
	assert_non_null(w->data);
	return w->data;
}

static void end(struct written *w)
{
	json_decref(w->data);
	free(w->page);
	trace_log_fini(&w->log);
}

static size_t nr_of(const json_t *data, const char *column)
{
	return json_array_size(json_object_get(data, column));
}

static json_int_t at(const json_t *data, const char *column, size_t i)
{
	return json_integer_value(json_array_get(json_object_get(data, column), i));
}

static const char *arg_of(const json_t *data, size_t i)
{
	return json_string_value(json_array_get(json_object_get(data, "args"), i));
}

static void fill(struct trace_log *log)
{
	FAKE(log, 1000, 5, thread_name, 0, 5, 5, fake_word("<b>x</b>"), 0);
	FAKE(log, 2000, 5, syscall_enter, 1, 1, 0xffff800000001000, 6);
	fake_data(log, 2000, 5, 0xffff800000001000, "<hi>\n", 5);
	FAKE(log, 3000, 5, sched_switch, 4, 5, 6, FAKE_STATE("sleeping"), 0xffff800000000000,
	     0xffff800000000001, 1);
	FAKE(log, 4000, 6, sched_wake, 0, 5, 0);
	FAKE(log, 5000, 6, sched_switch, 4, 6, 5, FAKE_STATE("sleeping"), 0, 0, 0);
	FAKE(log, 6000, 5, syscall_exit, 1, 6, 0x401234);
	assert_int_equal(trace_log_merge(log), 0);
}

static void test_page(void **state)
{
	struct written w;
	json_t *data, *kinds;
	size_t args = 0;

	(void)state;
	begin(&w);
	fill(&w.log);
	data = write_page(&w);
	assert_string_equal(json_string_value(json_array_get(
				    json_object_get(json_object_get(data, "meta"), "program"), 1)),
			    "</script><!--");
	assert_int_equal(nr_of(data, "ns"), 6);
	assert_int_equal(at(data, "ns", 0), 1000); /* then from one to the next */
	assert_int_equal(at(data, "ns", 5), 1000);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(nr_of(data, ((const char *[]){"kind", "os", "source"})[i]), 6);
	assert_int_equal(nr_of(data, "threads"), 2);
	kinds = json_object_get(data, "kinds");
	for (size_t i = 0; i < 6; i++)
		args += json_array_size(json_object_get(
			json_array_get(kinds, (size_t)at(data, "kind", i)), "args"));
	assert_int_equal(nr_of(data, "args"), args);
	/* After the three of thread_name, a call's arguments by name. */
	assert_string_equal(arg_of(data, 3), "fd 1");
	assert_string_equal(arg_of(data, 4), "buf \"<hi>\\n\"...");
	assert_string_equal(arg_of(data, 5), "count 6");
	assert_string_equal(arg_of(data, 6), "");
	assert_int_equal(nr_of(data, "pairs"), 2);
	assert_int_equal(at(data, "pairs", 0), 1);
	assert_int_equal(at(data, "pairs", 1), 5);
	assert_int_equal(nr_of(data, "wakes"), 2);
	assert_int_equal(at(data, "wakes", 0), 3);
	assert_int_equal(at(data, "wakes", 1), 4);
	assert_int_equal(nr_of(data, "states") % 5, 0);
	assert_null(strstr(w.page, "@@"));
	end(&w);
}

/* A part: links only between events that are there; the states as they were when it began. */
static void test_filter(void **state)
{
	struct written w;
	json_t *data;

	(void)state;
	begin(&w);
	w.filter.from_ns = 3500;
	w.filter.to_ns = 5500;
	fill(&w.log);
	data = write_page(&w);
	assert_int_equal(nr_of(data, "ns"), 2);
	assert_int_equal(nr_of(data, "pairs"), 0);
	assert_int_equal(at(data, "wakes", 0), 0);
	assert_int_equal(at(data, "wakes", 1), 1);
	assert_int_equal(at(data, "states", 0), 3500);
	end(&w);
}

/* Folds are places in the columns, also where events are left out. */
static void test_folds(void **state)
{
	struct written w;
	json_t *data;

	(void)state;
	begin(&w);
	w.filter.events[TRACE_sched_pick] = false;
	FAKE(&w.log, 1, 0, boot_trap_table, 0, 22);
	FAKE(&w.log, 2, 0, thread_name, 0, 1, 1, fake_word("init"));
	FAKE(&w.log, 3, 0, sched_pick, 0, 1);
	FAKE(&w.log, 4, 0, sched_switch, 0, 0, 1);
	FAKE(&w.log, 5, 1, user_enter, 0, 1, 0x1000, 0x2000);
	FAKE(&w.log, 6, 1, process_create, 0, 2, 1, 2);
	assert_int_equal(trace_log_merge(&w.log), 0);
	data = write_page(&w);
	assert_int_equal(nr_of(data, "ns"), 5);
	assert_int_equal(nr_of(data, "folds"), 8);
	for (unsigned i = 0; i < 8; i++) {
		static const json_int_t wanted[] = {1, 2, -1, 1, 3, 1, -1, 0};

		if (wanted[i] >= 0)
			assert_int_equal(at(data, "folds", i), wanted[i]);
	}
	assert_string_equal(json_string_value(json_array_get(json_object_get(data, "strings"),
							     (size_t)at(data, "folds", 2))),
			    "boot");
	assert_int_equal(nr_of(data, "boots"), 1);
	assert_int_equal(at(data, "boots", 0), 3);
	end(&w);
}

static const char *string_at(const json_t *data, const char *column, size_t i)
{
	return json_string_value(
		json_array_get(json_object_get(data, "strings"), (size_t)at(data, column, i)));
}

static const char *part_at(const json_t *data, size_t i)
{
	const json_t *thread = json_array_get(json_object_get(data, "threads"), i);

	return json_string_value(json_object_get(thread, "part"));
}

/* A thread has the name of its maker until it is given another one, also if that is left out. */
static void test_names(void **state)
{
	static const char *const names[] = {"init", "init", "sh", "waker"};
	static const json_int_t wanted[][2] = {{0, 0}, {1, 1}, {2, 1}, {3, 2}};
	struct written w;
	json_t *data;

	(void)state;
	begin(&w);
	w.filter.events[TRACE_thread_name] = false;
	FAKE(&w.log, 1, 1, thread_name, 0, 1, 1, fake_word("init"));
	FAKE(&w.log, 2, 1, sched_wake, 0, 2, 0);
	FAKE(&w.log, 3, 1, process_create, 0, 2, 1, 2);
	FAKE(&w.log, 4, 2, thread_name, 0, 2, 2, fake_word("sh"));
	FAKE(&w.log, 5, 2, sched_wake, 0, 1, 0);
	FAKE(&w.log, 6, (uint32_t)-2, thread_name, 0, (uint32_t)-2, 0, fake_word("waker"));
	FAKE(&w.log, 7, (uint32_t)-2, sched_wake, 0, 1, 0);
	assert_int_equal(trace_log_merge(&w.log), 0);
	data = write_page(&w);
	assert_int_equal(nr_of(data, "ns"), 4);
	assert_int_equal(nr_of(data, "names"), 12);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(at(data, "names", 3 * i), wanted[i][0]);
		assert_int_equal(at(data, "names", 3 * i + 1), wanted[i][1]);
		assert_string_equal(string_at(data, "names", 3 * i + 2), names[i]);
	}
	assert_string_equal(part_at(data, 0), "others");
	assert_string_equal(part_at(data, 1), "program");
	assert_string_equal(part_at(data, 2), "kernel");
	end(&w);
}

/* Both messages lead to the interrupt, and one that the filter has left out to nothing. */
static void test_messages(void **state)
{
	static const json_int_t wanted[] = {0, 2, 1, 2};
	unsigned resched = FAKE_TRAP("reschedule message");
	struct written w;
	json_t *data;

	(void)state;
	begin(&w);
	FAKE(&w.log, 50, 5, message_send, resched, 1);
	FAKE_ON(&w.log, 1, 60, 6, interrupt_enter, resched, 0x1000, 253, 0);
	FAKE(&w.log, 100, 5, message_send, resched, 1);
	FAKE(&w.log, 150, 5, message_send, resched, 1);
	FAKE_ON(&w.log, 1, 200, 6, interrupt_enter, resched, 0x1000, 253, 0);
	FAKE(&w.log, 300, 5, message_send, resched, 1);
	assert_int_equal(trace_log_merge(&w.log), 0);
	w.filter.from_ns = 60;
	data = write_page(&w);
	assert_int_equal(nr_of(data, "ns"), 5);
	assert_int_equal(nr_of(data, "messages"), 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(at(data, "messages", i), wanted[i] + 1);
	end(&w);
}

static void test_empty(void **state)
{
	struct written w;
	json_t *data;

	(void)state;
	begin(&w);
	w.log.nr_cpus = 1;
	assert_int_equal(trace_log_merge(&w.log), 0);
	data = write_page(&w);
	assert_int_equal(nr_of(data, "ns"), 0);
	end(&w);
}

static void test_strings(void **state)
{
	struct trace_strings strings;
	char text[32];

	(void)state;
	assert_int_equal(trace_strings_init(&strings), 0);
	assert_int_equal(trace_strings_number(&strings, ""), 0);
	for (int i = 1; i < 20000; i++) {
		snprintf(text, sizeof(text), "string %d", i);
		assert_int_equal(trace_strings_number(&strings, text), i);
	}
	assert_int_equal(trace_strings_number(&strings, "string 77"), 77);
	assert_string_equal(trace_strings_text(&strings, 19999), "string 19999");
	trace_strings_fini(&strings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page),	 cmocka_unit_test(test_filter),
		cmocka_unit_test(test_folds),	 cmocka_unit_test(test_names),
		cmocka_unit_test(test_empty),	 cmocka_unit_test(test_strings),
		cmocka_unit_test(test_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
