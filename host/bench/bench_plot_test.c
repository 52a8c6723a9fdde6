// SPDX-License-Identifier: MIT
#include "bench/bench_plot.h"

#include "base/unit.h"

static void add(struct bench_result *r, enum bench_kernel kernel, const char *key, double min)
{
	struct bench_parsed p = {.kind = BENCH_LINE_ROW, .ops = 1, .min = min, .median = min};

	snprintf(p.key, sizeof(p.key), "%s", key);
	assert_int_equal(bench_result_add(r, kernel, &p), 0);
}

static unsigned plot(const struct bench_result *r, enum bench_show show, char **text)
{
	size_t len;
	FILE *out = open_memstream(text, &len);
	unsigned bars = bench_plot_write(out, r, show);

	fclose(out);
	assert_non_null(strstr(*text, "</svg>\n"));
	assert_null(strstr(*text, "nan"));
	assert_null(strstr(*text, "inf"));
	return bars;
}

static void test_bars(void **state)
{
	struct bench_result *r = bench_result_new(true);
	char *text;

	(void)state;
	/* nothing measured is no reason to fail */
	assert_int_equal(plot(r, BENCH_SHOW_GOALS, &text), 0);
	free(text);
	add(r, BENCH_OURS, "null_call", 65);
	add(r, BENCH_OURS, "<script>", 10);
	assert_int_equal(plot(r, BENCH_SHOW_OURS, &text), 2);
	assert_non_null(strstr(text, "&lt;script&gt;"));
	assert_null(strstr(text, "<script>"));
	free(text);
	assert_int_equal(plot(r, BENCH_SHOW_GOALS, &text), 0); /* no ratio without the other */
	free(text);
	add(r, BENCH_LINUX_OFF, "null_call", 325);
	add(r, BENCH_LINUX_OFF, "<script>", 0);
	assert_int_equal(plot(r, BENCH_SHOW_GOALS, &text), 1);
	assert_non_null(strstr(text, ">0.200<"));
	assert_non_null(strstr(text, "goal: 0.25"));
	free(text);
	plot(r, BENCH_SHOW_LINUX, &text);
	assert_non_null(strstr(text, ">0.200<"));
	assert_null(strstr(text, "goal:")); /* that of developers */
	free(text);
	free(r);
}

/* The labels of the scale, in order: how many, and that none reaches into the next. */
static unsigned count_labels(const char *text)
{
	double free_from = 0;
	unsigned nr = 0;

	for (const char *at = text; (at = strstr(at, "class=\"faint scale\"")); at++) {
		const char *start = at, *label = strchr(at, '>') + 1;
		double x, half = 7.0 * (double)strcspn(label, "<") / 2;

		while (strncmp(start, "<text", 5) != 0)
			start--;
		assert_int_equal(sscanf(start, "<text x=\"%lf\"", &x), 1);
		assert_true(x - half > free_from);
		free_from = x + half;
		nr++;
	}
	return nr;
}

static void test_labels_do_not_overlap(void **state)
{
	static const double most[] = {12, 100, 5000, 1e5, 3e6, 9e8, 2e11};

	(void)state;
	for (unsigned i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
		struct bench_result *r = bench_result_new(true);
		char *text;

		add(r, BENCH_OURS, "null_call", 10);
		add(r, BENCH_OURS, "shell", most[i]);
		assert_int_equal(plot(r, BENCH_SHOW_OURS, &text), 2);
		assert_true(count_labels(text) >= 2);
		assert_non_null(strstr(text, "instructions per operation"));
		free(text);
		free(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bars),
		cmocka_unit_test(test_labels_do_not_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
