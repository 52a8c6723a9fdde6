// SPDX-License-Identifier: MIT
#include "base/unit.h"
#include "sched/sched_picture.h"

#define MS WORKLOAD_NS_PER_MS

struct play {
	struct workload w;
	struct sched_run runs[2];
	struct sched_result result;
	struct sched_report report;
};

static void span(struct sched_run *run, unsigned job, enum span_state state, uint64_t from_ns,
		 uint64_t to_ns)
{
	struct timeline_span one = {job, 0, state, from_ns, to_ns};

	assert_int_equal(timeline_add_span(&run->timeline, &one), 0);
}

/* A job that runs for 100 ms under the first policy, and twice as long under the second. */
static void begin(struct play *p)
{
	*p = (struct play){.w = {.title = "a < b & c", .nr_jobs = 1, .nr_expects = 1},
			   .result = {.nr_runs = 2, .name = "w.txt"},
			   .report = {.nr = 1, .cpus = 1}};
	strcpy(p->w.jobs[0].name, "A");
	p->w.expects[0] = (struct workload_expect){"rr", 90, -1};
	p->result.workload = &p->w;
	p->result.runs = p->runs;
	p->report.results = &p->result;
	for (unsigned i = 0; i < 2; i++) {
		struct sched_run *run = &p->runs[i];
		uint64_t end_ns = (i + 1) * 100 * (uint64_t)MS;

		strcpy(run->policy, i ? "fifo" : "rr");
		run->timeline.nr_jobs = 1;
		run->timeline.end_ns = end_ns;
		run->timeline.jobs[0] = (struct timeline_job){true, true, true, 0, 0, end_ns, 0};
	}
	p->runs[0].expect = &p->w.expects[0];
}

/* What @write writes; the caller frees it. */
static char *written(struct play *p, int (*write)(FILE *out, const struct sched_report *report))
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (unsigned i = 0; i < 2; i++)
		measure_timeline(&p->runs[i].measure, &p->w, &p->runs[i].timeline);
	assert_int_equal(write(out, &p->report), 0);
	assert_int_equal(fclose(out), 0);
	for (unsigned i = 0; i < 2; i++)
		timeline_fini(&p->runs[i].timeline);
	return text;
}

static unsigned count(const char *text, const char *word)
{
	unsigned nr = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		nr++;
	return nr;
}

/* The same moment is at the same place under both policies. */
static void test_one_axis(void **state)
{
	static struct play p;
	double first[2], width[2];
	const char *at;
	char *text;

	(void)state;
	begin(&p);
	span(&p.runs[0], 0, SPAN_RUNS, 50 * MS, 100 * MS);
	span(&p.runs[1], 0, SPAN_RUNS, 50 * MS, 150 * MS);
	text = written(&p, sched_svg_write);
	at = text;
	for (unsigned i = 0; i < 2; i++) {
		const char *end = strstr(at, "<title>A on CPU 0: 50.00 to ");

		assert_non_null(end);
		for (at = end; strncmp(at, "<rect", 5) != 0;)
			at--;
		assert_int_equal(sscanf(at, "<rect x=\"%lf\" y=\"%*f\" width=\"%lf\"", &first[i],
					&width[i]),
				 2);
		at = end + 1;
	}
	assert_true(first[0] == first[1]);
	assert_true(width[1] > 1.99 * width[0] && width[1] < 2.01 * width[0]);
	free(text);
}

/* P2: runs with gaps that nobody can see are one; a gap that one can see parts them. */
static void test_pieces(void **state)
{
	static struct play p;
	char *text;

	(void)state;
	begin(&p);
	for (unsigned i = 0; i < 1000; i++)
		span(&p.runs[0], 0, SPAN_RUNS, i * (MS / 10), i * (MS / 10) + MS / 20);
	span(&p.runs[1], 0, SPAN_RUNS, 0, 20 * MS);
	span(&p.runs[1], 0, SPAN_WAITS, 20 * MS, 180 * MS);
	span(&p.runs[1], 0, SPAN_RUNS, 180 * MS, 200 * MS);
	text = written(&p, sched_svg_write);
	assert_int_equal(count(text, "<title>A on CPU"), 3);
	/* One of the legend, one of the job. */
	assert_int_equal(count(text, "stroke-dasharray=\"3 3\""), 2);
	free(text);
}

static void test_words(void **state)
{
	static struct play p;
	char *text;

	(void)state;
	begin(&p);
	text = written(&p, sched_svg_write);
	assert_non_null(strstr(text, "w.txt: a &lt; b &amp; c"));
	assert_null(strstr(text, "a < b"));
	assert_int_equal(count(text, "textbook: 90 ms"), 1);
	assert_int_equal(count(text, "class=\"policy\""), 2);
	free(text);
}

/* All bars and what the textbook says are within the picture. */
static void test_scale_of_bars(void **state)
{
	static struct play p;
	const char *at;
	double x;
	char *text;

	(void)state;
	begin(&p);
	p.w.expects[0] = (struct workload_expect){"rr", -1, 5000};
	text = written(&p, sched_svg_write);
	at = strstr(text, "<title>textbook: 5000 ms</title>");
	assert_non_null(at);
	while (strncmp(at, "<line", 5) != 0)
		at--;
	assert_int_equal(sscanf(at, "<line class=\"book\" x1=\"%lf\"", &x), 1);
	assert_true(x < SCHED_PICTURE_WIDTH);
	free(text);
}

/* The page has the picture, the figures and its own styles, and needs nothing else. */
static void test_page(void **state)
{
	static struct play p;
	char *text;

	(void)state;
	begin(&p);
	text = written(&p, sched_html_write);
	assert_null(strstr(text, "@@"));
	assert_int_equal(count(text, "<svg"), 1);
	assert_int_equal(count(text, "<tr><td>"), 4); /* a policy, and each job under it */
	assert_int_equal(count(text, "<tr><td>fifo</td><td>A</td><td>0.00</td>"), 1);
	assert_int_equal(count(text, "(textbook 90)"), 1);
	assert_int_equal(count(text, "src="), 0);
	assert_int_equal(count(text, "</html>"), 1);
	free(text);
}

static void test_table(void **state)
{
	static struct play p;
	char *text;

	(void)state;
	begin(&p);
	text = written(&p, sched_table_write);
	assert_non_null(strstr(text, "\nrr                100.00   100.00"));
	assert_non_null(strstr(text, "\n  textbook         90.00\n"));
	assert_non_null(strstr(text, "\nfifo              200.00   200.00"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_axis), cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_words),	 cmocka_unit_test(test_page),
		cmocka_unit_test(test_table),	 cmocka_unit_test(test_scale_of_bars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
