// SPDX-License-Identifier: MIT
#include "bench/bench_parse.h"
#include "base/unit.h"

static void test_lines(void **state)
{
	struct bench_parsed p;

	(void)state;
	assert_int_equal(bench_parse_line("cost: clock tsc_khz=2300000 overhead=24 resolution=2",
					  &p),
			 BENCH_LINE_CLOCK);
	assert_true(p.khz == 2300000 && p.overhead == 24 && p.resolution == 2);
	assert_int_equal(bench_parse_line("cost: row null_call ops=4000 min=79.25 median=80.00\r",
					  &p),
			 BENCH_LINE_ROW);
	assert_string_equal(p.key, "null_call");
	assert_true(p.ops == 4000 && p.min == 79.25 && p.median == 80);
	assert_int_equal(
		bench_parse_line("cost: team threads_stat workers=2 ops=600 min=7.25 median=9", &p),
		BENCH_LINE_TEAM);
	assert_string_equal(p.key, "threads_stat");
	assert_true(p.workers == 2 && p.ops == 600 && p.min == 7.25 && p.median == 9);
	assert_int_equal(bench_parse_line("cost: absent unix_round_trip ENOSYS", &p),
			 BENCH_LINE_ABSENT);
	assert_string_equal(p.key, "unix_round_trip");
	assert_string_equal(p.why, "ENOSYS");
	assert_int_equal(bench_parse_line("cost: boot memory 165864", &p), BENCH_LINE_BOOT);
	assert_string_equal(p.key, "memory");
	assert_true(p.min == 165864);
	assert_int_equal(bench_parse_line("cost: fact tsc_khz 1000000", &p), BENCH_LINE_FACT);
	assert_int_equal(bench_parse_line("cost: end", &p), BENCH_LINE_END);
	assert_int_equal(bench_parse_line("cost: end\r", &p), BENCH_LINE_END);
}

static void test_after_other_words(void **state)
{
	struct bench_parsed p;

	(void)state;
	assert_int_equal(bench_parse_line("[    0.1] PCI: nothing cost: row a ops=1 min=2 median=3",
					  &p),
			 BENCH_LINE_ROW);
	assert_string_equal(p.key, "a");
}

static void test_what_is_not_ours(void **state)
{
	static const char *const lines[] = {
		"",	      "null_call",     "cost:",	       "cost:row a ops=1 min=2 median=3",
		"# a remark", "cost: endless", "cost: rowing", "[    0.3] cost",
	};
	struct bench_parsed p;

	(void)state;
	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(bench_parse_line(lines[i], &p), BENCH_LINE_OTHER);
}

static void test_broken(void **state)
{
	static const char *const lines[] = {
		"cost: row null_call ops=1 min=2",
		"cost: row null_call ops=1 min=2 median=",
		"cost: row null_call ops=1 min=2 median=3 more",
		"cost: row null_call ops=1 min=nan median=3",
		"cost: row null_call ops=1 min=-1 median=3",
		"cost: row null_call ops=1 min=inf median=inf",
		"cost: team threads_stat ops=600 min=7 median=9",
		"cost: team threads_stat workers=0 ops=600 min=7 median=9",
		"cost: team threads_stat workers=2 min=7 median=9",
		"cost: clock tsc_khz=0 overhead=1 resolution=1",
		"cost: clock tsc_khz=x",
		"cost: absent null_call",
		"cost: absent null_call E N",
		"cost: boot memory",
		"cost: fact",
		"cost: row a_key_that_is_far_longer_than_any_row_may_have_as_its_name ops=1 min=2 median=3",
	};
	struct bench_parsed p;

	(void)state;
	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(bench_parse_line(lines[i], &p), BENCH_LINE_BROKEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_after_other_words),
		cmocka_unit_test(test_what_is_not_ours),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
