// SPDX-License-Identifier: MIT
#include "cmd/help_text.h"

#include "base/unit.h"

static void assert_filled(const char *text, unsigned indent, unsigned width, const char *expected)
{
	char *got = NULL;
	size_t len;
	FILE *out = open_memstream(&got, &len);

	help_fill(out, text, indent, width);
	fclose(out);
	assert_string_equal(got, expected);
	free(got);
}

static void test_filling(void **state)
{
	(void)state;
	assert_filled("", 0, 40, "\n");
	assert_filled("one two three\n", 0, 40, "one two three\n");
	assert_filled("one\ntwo\nthree\n", 0, 7, "one two\nthree\n");
	assert_filled("one two three four", 4, 11, "one two\n    three\n    four\n");
	assert_filled("a verylongword here", 0, 6, "a\nverylongword\nhere\n");
	assert_filled("µµµ ééé", 0, 7, "µµµ ééé\n");
}

static void test_paragraphs(void **state)
{
	(void)state;
	assert_filled("one two\n\nthree four\n", 0, 5, "one\ntwo\n\nthree\nfour\n");
	assert_filled("list:\n\n  a    kept as it is\n  b    too\n\nend of it\n", 0, 8,
		      "list:\n\n  a    kept as it is\n  b    too\n\nend of\nit\n");
}

static void test_width(void **state)
{
	FILE *out = fopen("/dev/null", "w");

	(void)state;
	assert_int_equal(help_width(out), 100);
	fclose(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filling),
		cmocka_unit_test(test_paragraphs),
		cmocka_unit_test(test_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
