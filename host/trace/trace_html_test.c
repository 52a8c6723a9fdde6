// SPDX-License-Identifier: MIT
#include "trace/trace_html.h"

#include <jansson.h>

#include "trace/fake_log.h"
#include "trace/trace_filter.h"
#include "trace/trace_strings.h"

static const char *const hostile[] = {"/bin/x", "</script><!--", "\xe2\x80\xa8", "\xff", NULL};

/* The page, and the data in it. */
static json_t *data_of(const struct trace_log *log, const struct trace_filter *filter, char **page)
{
	struct trace_report report = {
		.log = log,
		.filter = filter,
		.kernel = "creance.elf",
		.program = hostile,
		.end = "exit 0",
		.source_base = "https://example.org/<tree>",
	};
	size_t len;
	FILE *out = open_memstream(page, &len);
	const char *from, *to;
	json_error_t error;
	json_t *data;

	assert_int_equal(trace_html_write(out, &report), 0);
	fclose(out);
	from = strstr(*page, "id=\"trace\">");
	assert_non_null(from);
	from += strlen("id=\"trace\">");
	to = strstr(from, "</script>");
	assert_null(memchr(from, '<', (size_t)(to - from))); /* H1 */
	assert_null(memmem(from, (size_t)(to - from), "\xe2\x80\xa8", 3));
	data = json_loadb(from, (size_t)(to - from), 0, &error);
	assert_non_null(data);
	return data;
}

static size_t nr_of(const json_t *data, const char *column)
{
	return json_array_size(json_object_get(data, column));
}

static json_int_t at(const json_t *data, const char *column, size_t i)
{
	return json_integer_value(json_array_get(json_object_get(data, column), i));
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
	struct trace_log log = {0};
	struct trace_filter filter;
	json_t *data, *kinds;
	size_t args = 0;
	char *page;

	(void)state;
	trace_filter_init(&filter);
	fill(&log);
	data = data_of(&log, &filter, &page);
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
	assert_null(strstr(page, "@@"));
	json_decref(data);
	free(page);
	trace_log_fini(&log);
}

/* A part: links only between events that are there; the states as they were when it began. */
static void test_filter(void **state)
{
	struct trace_log log = {0};
	struct trace_filter filter;
	json_t *data;
	char *page;

	(void)state;
	trace_filter_init(&filter);
	filter.from_ns = 3500;
	filter.to_ns = 5500;
	fill(&log);
	data = data_of(&log, &filter, &page);
	assert_int_equal(nr_of(data, "ns"), 2);
	assert_int_equal(nr_of(data, "pairs"), 0);
	assert_int_equal(at(data, "wakes", 0), 0);
	assert_int_equal(at(data, "wakes", 1), 1);
	assert_int_equal(at(data, "states", 0), 3500);
	json_decref(data);
	free(page);
	trace_log_fini(&log);
}

static void test_empty(void **state)
{
	struct trace_log log = {.nr_cpus = 1};
	struct trace_filter filter;
	json_t *data;
	char *page;

	(void)state;
	trace_filter_init(&filter);
	assert_int_equal(trace_log_merge(&log), 0);
	data = data_of(&log, &filter, &page);
	assert_int_equal(nr_of(data, "ns"), 0);
	json_decref(data);
	free(page);
	trace_log_fini(&log);
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
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
