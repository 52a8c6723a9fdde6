// SPDX-License-Identifier: MIT
#include "base/unit.h"
#include "sched/sched_strip.h"

#define MS WORKLOAD_NS_PER_MS

static const char abc[WORKLOAD_JOBS_MAX] = "ABC";

static void span(struct timeline *t, unsigned job, enum span_state state, uint64_t from,
		 uint64_t to)
{
	struct timeline_span one = {job, 0, state, from * MS, to * MS};

	assert_int_equal(timeline_add_span(t, &one), 0);
}

/* 60 ms: a column for each. */
static void test_letters(void **state)
{
	struct timeline t = {.nr_jobs = 3};
	char strip[SCHED_STRIP_COLUMNS + 1], wanted[SCHED_STRIP_COLUMNS + 1];

	(void)state;
	span(&t, 0, SPAN_RUNS, 0, 20);
	span(&t, 2, SPAN_READY, 0, 20);
	span(&t, 2, SPAN_RUNS, 20, 30);
	span(&t, 1, SPAN_RUNS, 59, 60);
	memset(wanted, '.', sizeof(wanted));
	memset(wanted, 'A', 20);
	memset(wanted + 20, 'C', 10);
	wanted[59] = 'B';
	wanted[60] = '\0';
	sched_strip(&t, abc, 0, 60 * MS, strip);
	assert_string_equal(strip, wanted);
	memset(wanted, '.', 60); /* nobody had the other CPU */
	sched_strip(&t, abc, 1, 60 * MS, strip);
	assert_string_equal(strip, wanted);
	timeline_fini(&t);
}

/* Who had the most of a column has its letter, in however many pieces. */
static void test_shares(void **state)
{
	struct timeline t = {.nr_jobs = 2};
	char strip[SCHED_STRIP_COLUMNS + 1];

	(void)state;
	span(&t, 0, SPAN_RUNS, 0, 2);
	span(&t, 1, SPAN_RUNS, 2, 5);
	span(&t, 0, SPAN_RUNS, 5, 7);
	span(&t, 1, SPAN_RUNS, 7, 12);
	sched_strip(&t, abc, 0, 600 * MS, strip);
	assert_int_equal(strip[0], 'B');
	assert_int_equal(strip[1], 'B'); /* 2 ms of 10 */
	assert_int_equal(strip[2], '.');
	timeline_fini(&t);
}

/* A tenth of the time, in turns shorter than a column: a tenth of the letters. */
static void test_short_turns(void **state)
{
	struct timeline t = {.nr_jobs = 2};
	char strip[SCHED_STRIP_COLUMNS + 1];
	unsigned letters = 0;

	(void)state;
	for (unsigned at = 0; at < 600; at += 10) {
		span(&t, 1, SPAN_RUNS, at, at + 1);
		span(&t, 0, SPAN_RUNS, at + 1, at + 10);
	}
	sched_strip(&t, abc, 0, 600 * MS, strip);
	for (const char *at = strip; *at; at++)
		letters += *at == 'B';
	assert_in_range(letters, 5, 6);
	timeline_fini(&t);
}

static void assert_letters(const char *const *names, unsigned nr, const char *wanted)
{
	static struct workload w;
	char letters[WORKLOAD_JOBS_MAX];

	w.nr_jobs = nr;
	for (unsigned i = 0; i < nr; i++)
		strcpy(w.jobs[i].name, names[i]);
	sched_strip_letters(&w, letters);
	assert_memory_equal(letters, wanted, nr);
}

/* A job whose name is a letter is shown as that, whatever its place. */
static void test_names_of_one_letter(void **state)
{
	static const char *const swapped[] = {"B", "A", "x", "7"};
	static const char *const mixed[] = {"compile", "A", "editor", ".", "C"};
	const char *names[WORKLOAD_JOBS_MAX];
	char all[WORKLOAD_JOBS_MAX][4];

	(void)state;
	assert_letters(swapped, 4, "BAx7");
	assert_letters(mixed, 5, "BADEC");
	for (unsigned i = 0; i < WORKLOAD_JOBS_MAX; i++) {
		sprintf(all[i], i < 4 ? "%c" : "%c1", "ACYZ"[i % 4]);
		names[i] = all[i];
	}
	assert_letters(names, WORKLOAD_JOBS_MAX, "ACYZBDEFGHIJKLMNOPQRSTUV");
}

/* The first line of the strips of a workload that lasts so long. */
static void assert_axis_ends(uint64_t end_ns, const char *wanted)
{
	static struct workload w;
	struct sched_run run = {.policy = "rr", .timeline = {.end_ns = end_ns}};
	struct sched_result result = {.workload = &w, .runs = &run, .nr_runs = 1};
	char text[512] = "", *end;
	FILE *out = fmemopen(text, sizeof(text), "w");

	sched_strips_write(out, &result, 1, 15);
	assert_int_equal(fclose(out), 0);
	end = strchr(text, '\n');
	assert_non_null(end);
	*end = '\0';
	assert_string_equal(end - strlen(wanted), wanted);
}

static void test_axis(void **state)
{
	(void)state;
	assert_axis_ends(480000, " 0.48 ms"); /* not 0 ms */
	assert_axis_ends(9990000, " 9.99 ms");
	assert_axis_ends(10 * MS, " 10 ms");
	assert_axis_ends(1234567890, " 1235 ms");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_letters),	    cmocka_unit_test(test_shares),
		cmocka_unit_test(test_short_turns), cmocka_unit_test(test_names_of_one_letter),
		cmocka_unit_test(test_axis),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
