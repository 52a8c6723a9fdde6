// SPDX-License-Identifier: MIT
#include "bench/bench_result.h"

#include <errno.h>

#include "bench/bench_table.h"
#include "base/unit.h"

static int add(struct bench_result *r, enum bench_kernel kernel, const char *line)
{
	struct bench_parsed p;

	bench_parse_line(line, &p);
	return bench_result_add(r, kernel, &p);
}

static void test_rounds(void **state)
{
	struct bench_result *r = bench_result_new(false);
	const struct bench_value *v;

	(void)state;
	assert_false(bench_line_is_used(bench_result_line(r, "stat")));
	assert_int_equal(add(r, BENCH_OURS, "cost: row stat ops=5 min=30 median=34"), 0);
	assert_int_equal(add(r, BENCH_OURS, "cost: row stat ops=5 min=20 median=50"), 0);
	assert_int_equal(add(r, BENCH_OURS, "cost: row stat ops=5 min=25 median=36"), 0);
	v = &bench_result_line(r, "stat")->values[BENCH_OURS];
	assert_true(bench_value_min(v) == 20);
	assert_true(bench_value_median(v) == 36);
	assert_int_equal(add(r, BENCH_OURS, "cost: row stat ops=5 min=40 median=38"), 0);
	assert_true(bench_value_median(v) == 37); /* of an even number: between the two */
	assert_int_equal(add(r, BENCH_OURS, "cost: end"), -EINVAL);
	free(r);
}

static void test_units_and_ratio(void **state)
{
	struct bench_result *r = bench_result_new(false);
	const struct bench_line *line = bench_result_line(r, "stat");

	(void)state;
	/* Without a clock ticks stay ticks. */
	assert_true(bench_result_unit(r, BENCH_OURS, 10) == 10);
	add(r, BENCH_OURS, "cost: clock tsc_khz=2000000 overhead=9 resolution=2");
	add(r, BENCH_OURS, "cost: clock tsc_khz=2000000 overhead=8 resolution=3");
	add(r, BENCH_LINUX_OFF, "cost: clock tsc_khz=1000000 overhead=9 resolution=2");
	assert_true(r->clocks[BENCH_OURS].overhead == 8);
	assert_true(r->clocks[BENCH_OURS].resolution == 2);
	assert_true(bench_result_unit(r, BENCH_OURS, 10) == 5);
	add(r, BENCH_OURS, "cost: row stat ops=1 min=100 median=100");
	assert_true(bench_result_ratio(r, line) == 0);
	add(r, BENCH_LINUX_OFF, "cost: row stat ops=1 min=100 median=100");
	assert_true(bench_result_ratio(r, line) == 0.5); /* of times, not of ticks */
	r->icount = true;
	assert_true(bench_result_ratio(r, line) == 1);
	free(r);
}

static void test_absent_and_unknown(void **state)
{
	struct bench_result *r = bench_result_new(true);
	const struct bench_line *line;

	(void)state;
	add(r, BENCH_OURS, "cost: absent unix_round_trip ENOSYS");
	add(r, BENCH_LINUX_OFF, "cost: row unix_round_trip ops=1 min=5 median=5");
	line = bench_result_line(r, "unix_round_trip");
	assert_true(bench_line_is_used(line));
	assert_false(bench_value_is_measured(&line->values[BENCH_OURS]));
	assert_true(bench_result_ratio(r, line) == 0); /* absent is not zero instructions */
	assert_null(bench_result_line(r, "brand_new"));
	add(r, BENCH_OURS, "cost: row brand_new ops=1 min=5 median=5");
	line = bench_result_line(r, "brand_new");
	assert_non_null(line);
	assert_null(line->row);
	free(r);
}

static void test_teams(void **state)
{
	struct bench_result *r = bench_result_new(false);
	const struct bench_line *line = bench_result_line(r, "threads_stat");
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	add(r, BENCH_OURS, "cost: clock tsc_khz=1000000 overhead=4 resolution=4");
	add(r, BENCH_OURS, "cost: team threads_stat workers=1 ops=9 min=400 median=500");
	assert_int_equal(line->workers, 0);
	assert_true(bench_line_scaling(line, BENCH_OURS) == 0);
	add(r, BENCH_OURS, "cost: team threads_stat workers=2 ops=18 min=250 median=300");
	add(r, BENCH_OURS, "cost: team threads_stat workers=2 ops=18 min=260 median=310");
	assert_int_equal(line->workers, 2);
	assert_true(line->values[BENCH_OURS].nr == 1 && line->team[BENCH_OURS].nr == 2);
	assert_true(bench_line_scaling(line, BENCH_OURS) == 1.6); /* of the least of each */
	assert_true(bench_line_scaling(line, BENCH_LINUX_OFF) == 0);
	assert_true(bench_result_rate(r, BENCH_OURS, 250) == 4e6);
	assert_true(bench_result_rate(r, BENCH_LINUX_OFF, 250) == 0); /* no clock */
	bench_table_print(out, r, BENCH_SHOW_OURS);
	fclose(out);
	assert_non_null(strstr(text, "by 1       by 2    2:1\n"));
	assert_non_null(strstr(text, "2,500,000  4,000,000   1.60\n"));
	assert_null(strstr(text, "median")); /* no rows of the other kind, no heading of theirs */
	free(text);
	free(r);
}

static void test_limits(void **state)
{
	struct bench_result *r = bench_result_new(true);
	char text[100];
	int err = 0;

	(void)state;
	for (unsigned i = 0; i < BENCH_ROUNDS_MAX; i++)
		assert_int_equal(add(r, BENCH_OURS, "cost: row stat ops=1 min=5 median=5"), 0);
	assert_int_equal(add(r, BENCH_OURS, "cost: row stat ops=1 min=5 median=5"), -ENOSPC);
	for (unsigned i = 0; i <= BENCH_LINES_MAX && !err; i++) {
		snprintf(text, sizeof(text), "cost: row key%u ops=1 min=5 median=5", i);
		err = add(r, BENCH_OURS, text);
	}
	assert_int_equal(err, -ENOSPC);
	free(r);
}

static void test_rows_are_unique(void **state)
{
	(void)state;
	for (const struct bench_row *row = bench_rows; row->key; row++) {
		assert_ptr_equal(bench_row_find(row->key), row);
		assert_true(strlen(row->key) < BENCH_KEY_MAX);
	}
	assert_null(bench_row_find("no_such_row"));
}

static void test_numbers(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{0, "0"},
		{0.5, "0.5"},
		{79, "79"},
		{79.04, "79"},
		{586.25, "586.2"},
		{999.9, "999.9"},
		{999.96, "1,000"},
		{1000.4, "1,000"},
		{35113, "35,113"},
		{100000, "100,000"},
		{1469243501, "1,469,243,501"},
		{-0.83, "-0.8"},
	};
	char text[BENCH_NUMBER_MAX];

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(bench_number(text, cases[i].value), cases[i].text);
}

static void test_table(void **state)
{
	struct bench_result *r = bench_result_new(true);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	add(r, BENCH_OURS, "cost: clock tsc_khz=1000000 overhead=4 resolution=4");
	add(r, BENCH_OURS, "cost: row null_call ops=1 min=65 median=66");
	add(r, BENCH_LINUX_OFF, "cost: row null_call ops=1 min=325 median=326");
	add(r, BENCH_OURS, "cost: row stat ops=1 min=1000 median=1000");
	add(r, BENCH_LINUX_OFF, "cost: row stat ops=1 min=3650 median=3650");
	add(r, BENCH_OURS, "cost: absent unix_round_trip ENOSYS");
	bench_table_print(out, r, BENCH_SHOW_GOALS);
	fclose(out);
	assert_non_null(strstr(text, "0.200\n"));
	assert_non_null(strstr(text, "1 of 2 rows reach it. Not yet: stat\n"));
	assert_non_null(strstr(text, "absent     ENOSYS"));
	assert_null(strstr(text, "pipe_round_trip")); /* what was not measured is absent */
	assert_true(strstr(text, "reading the timer costs 4 instructions") <
		    strstr(text, "null_call"));
	free(text);
	out = open_memstream(&text, &len);
	bench_table_print(out, r, BENCH_SHOW_LINUX);
	fclose(out);
	assert_non_null(strstr(text, "0.200\n"));
	assert_null(strstr(text, "goal"));
	free(text);
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rounds),
		cmocka_unit_test(test_units_and_ratio),
		cmocka_unit_test(test_absent_and_unknown),
		cmocka_unit_test(test_teams),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_rows_are_unique),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
