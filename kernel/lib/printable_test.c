// SPDX-License-Identifier: MIT
// UNIT: lib/printable.c
#include "lib/printable.h"
#include "unit_test.h"

#include <string.h>

static void expect(const char *text, const char *shown)
{
	char out[256];

	assert_int_equal(printable_text(out, sizeof(out), text, strlen(text)), strlen(shown));
	assert_string_equal(out, shown);
}

static void test_stays(void **state)
{
	(void)state;
	expect("", "");
	expect("ls -l \"a\\b\"", "ls -l \"a\\b\"");
	expect("Käse 漢字 🙂 é", "Käse 漢字 🙂 é");
}

static void test_controls(void **state)
{
	(void)state;
	expect("a\nb\rc\td", "a\\x0ab\\x0dc\\x09d");
	expect("\x1b]0;title\a", "\\x1b]0;title\\x07");
	expect("\x7f", "\\x7f");
	expect("\xc2\x9b"
	       "31m",
	       "\\xc2\\x9b"
	       "31m"); /* C1: CSI */
	expect("a\u202eb\u2066c\u2028d", "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6c\\xe2\\x80\\xa8d");
}

static void test_not_utf8(void **state)
{
	(void)state;
	expect("\x9b"
	       "2J",
	       "\\x9b"
	       "2J");
	expect("\xc0\x8a", "\\xc0\\x8a");	   /* a newline, overlong */
	expect("\xe0\x80\x9b", "\\xe0\\x80\\x9b"); /* C1, overlong */
	expect("\xed\xa0\x80", "\\xed\\xa0\\x80"); /* half of a surrogate pair */
	expect("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	expect("\xff\xfe", "\\xff\\xfe");
	expect("a\xe6\xbc", "a\\xe6\\xbc"); /* truncated */
	expect("\xe6\n", "\\xe6\\x0a");
}

static void test_room(void **state)
{
	char out[6];

	(void)state;
	assert_int_equal(printable_text(out, sizeof(out), "abcd\n", 5), 4);
	assert_string_equal(out, "abcd");
	assert_int_equal(printable_text(out, sizeof(out), "a\nb", 3), 5);
	assert_string_equal(out, "a\\x0a");
	assert_int_equal(printable_text(out, 1, "a", 1), 0);
	assert_int_equal(printable_text(out, sizeof(out), "a\0b", 3), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stays),
		cmocka_unit_test(test_controls),
		cmocka_unit_test(test_not_utf8),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
