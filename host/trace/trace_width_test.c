// SPDX-License-Identifier: MIT
#include "trace/trace_width.h"

#include "base/unit.h"

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(trace_width("äöü µs", strlen("äöü µs")), 6);
	assert_int_equal(trace_width_bytes("äöü", 2), strlen("äö"));
	assert_int_equal(trace_width_bytes("äöü", 9), strlen("äöü"));
}

/* All lines of @text, with '|' between them. */
static void assert_lines(const char *text, unsigned width, size_t least, const char *expected)
{
	char lines[128] = "";

	while (*text) {
		const char *line = text;
		size_t len;

		text = trace_width_line(line, width, least, &len);
		assert_true(trace_width(line, len) <= width && text > line);
		strncat(lines, line, len);
		strcat(lines, *text ? "|" : "");
	}
	assert_string_equal(lines, expected);
}

static void test_lines(void **state)
{
	(void)state;
	assert_lines("one two three", 40, 0, "one two three");
	assert_lines("one two three", 7, 0, "one two|three");
	assert_lines("one two three", 6, 0, "one|two|three");
	assert_lines("a verylongword", 6, 0, "a|verylo|ngword");
	assert_lines("a verylongword", 6, 4, "a very|longwo|rd");
	assert_lines("wörter ääääää", 6, 0, "wörter|ääääää");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
