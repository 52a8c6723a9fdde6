// SPDX-License-Identifier: MIT
#include "base/report.h"
#include "base/unit.h"

static void assert_tail(const struct report_log *log, unsigned max, const char *expected)
{
	size_t len;
	const char *tail = report_tail(log, max, &len);

	assert_int_equal(len, strlen(expected));
	assert_memory_equal(tail, expected, len);
}

static void feed(struct report *r, const char *text)
{
	report_feed(r, &r->guest, text, strlen(text));
}

static void test_tail(void **state)
{
	struct report *r = calloc(1, sizeof(*r));

	(void)state;
	assert_tail(&r->guest, 3, "");
	feed(r, "one\ntwo\nth");
	feed(r, "ree\nfour\r\n\n");
	assert_tail(&r->guest, 2, "three\nfour");
	assert_tail(&r->guest, 1, "four");
	assert_tail(&r->guest, 100, "one\ntwo\nthree\nfour");
	assert_int_equal(r->emulator.len, 0);
	free(r);
}

static void test_only_the_end_is_kept(void **state)
{
	struct report *r = calloc(1, sizeof(*r));
	char line[32];
	char *huge = malloc(REPORT_KEPT * 3);

	(void)state;
	for (int i = 0; i < 10000; i++) {
		snprintf(line, sizeof(line), "line %d\n", i);
		feed(r, line);
	}
	assert_true(r->guest.len <= REPORT_KEPT);
	assert_tail(&r->guest, 2, "line 9998\nline 9999");
	memset(huge, 'x', REPORT_KEPT * 3);
	report_feed(r, &r->guest, huge, REPORT_KEPT * 3);
	feed(r, "\nlast\n");
	assert_tail(&r->guest, 1, "last");
	free(huge);
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tail),
		cmocka_unit_test(test_only_the_end_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
