// SPDX-License-Identifier: MIT
#include "bench/bench_plot.h"

#include "base/unit.h"

static void assert_escaped(const char *text, const char *expected)
{
	char *got = NULL;
	size_t len;
	FILE *out = open_memstream(&got, &len);

	bench_plot_escape(out, text);
	fclose(out);
	assert_string_equal(got, expected);
	free(got);
}

static void test_escape(void **state)
{
	(void)state;
	assert_escaped("", "");
	assert_escaped("plain words", "plain words");
	assert_escaped("<a href=\"x\">&amp;</a>",
		       "&lt;a href=&quot;x&quot;&gt;&amp;amp;&lt;/a&gt;");
	assert_escaped("a\x01\x1b[31m\x7f", "a  [31m ");
	assert_escaped("µs", "µs");
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_bars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
