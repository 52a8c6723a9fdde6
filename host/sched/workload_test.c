// SPDX-License-Identifier: MIT
#include <errno.h>

#include "base/unit.h"
#include "sched/workload.h"

static int parse(struct workload *w, const char *text, struct workload_error *error)
{
	return workload_parse(w, text, strlen(text), error);
}

static void assert_parses(struct workload *w, const char *text)
{
	struct workload_error error;
	int err = parse(w, text, &error);

	if (err)
		fail_msg("line %u: %s", error.line, error.text);
}

static void test_jobs(void **state)
{
	static struct workload w;

	(void)state;
	assert_parses(&w, "# two jobs\n"
			  "title Two jobs # of a kind\n"
			  "\n"
			  "job A cpu 10 # the first\n"
			  "  job  B-2 at 2.5 nice -5 cpu 1 io 9.25 times 3");
	assert_string_equal(w.title, "Two jobs # of a kind");
	assert_parses(&w, "title \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\r\njob A cpu 1\r\n");
	assert_string_equal(w.title, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	assert_parses(&w, "# two jobs\n"
			  "title Two jobs # of a kind\n"
			  "\n"
			  "job A cpu 10 # the first\n"
			  "  job  B-2 at 2.5 nice -5 cpu 1 io 9.25 times 3");
	assert_int_equal(w.nr_jobs, 2);
	assert_string_equal(w.jobs[0].name, "A");
	assert_int_equal(w.jobs[0].arrival_ns, 0);
	assert_int_equal(w.jobs[0].times, 1);
	assert_int_equal(w.jobs[0].nr_bursts, 1);
	assert_int_equal(w.jobs[0].bursts[0].ns, 10000000);
	assert_string_equal(w.jobs[1].name, "B-2");
	assert_int_equal(w.jobs[1].arrival_ns, 2500000);
	assert_int_equal(w.jobs[1].nice, -5);
	assert_int_equal(w.jobs[1].bursts[1].kind, WORKLOAD_IO);
	assert_int_equal(w.jobs[1].bursts[1].ns, 9250000);
	assert_int_equal(workload_job_ns(&w.jobs[1], WORKLOAD_CPU), 3000000);
	assert_int_equal(workload_job_ns(&w.jobs[1], WORKLOAD_IO), 27750000);
}

static void test_expectations(void **state)
{
	static struct workload w;

	(void)state;
	assert_parses(&w, "rehearse 2 under sjf\njob A cpu 1\n"
			  "expect rr,quantum=1ms turnaround 14 response 1\n"
			  "expect fifo response 5\n");
	assert_int_equal(w.rehearsals, 2);
	assert_string_equal(w.rehearsed_policy, "sjf");
	assert_int_equal(w.nr_expects, 2);
	assert_string_equal(w.expects[0].policy, "rr,quantum=1ms");
	assert_true(w.expects[0].turnaround_ms == 14 && w.expects[0].response_ms == 1);
	assert_true(w.expects[1].turnaround_ms < 0 && w.expects[1].response_ms == 5);
}

/* What is wrong, the line where it is, and words of the message. */
static const struct {
	const char *text;
	unsigned line;
	const char *words;
} wrong[] = {
	{"", 0, "no job"},
	{"title nothing\n", 0, "job A cpu 10"},
	{"job A cpu 1\ntitle a bell \a\n", 2, "no text in UTF-8"},
	{"title caf\xe9\njob A cpu 1\n", 1, "no text in UTF-8"},
	{"title \xc2\x9b[31m\njob A cpu 1\n", 1, "no text in UTF-8"},
	{"title \xed\xa0\x80\njob A cpu 1\n", 1, "no text in UTF-8"},
	{"title \xf0\x9f\x98\n", 1, "no text in UTF-8"},
	{"jbo A cpu 1", 1, "found 'jbo': expected 'job'"},
	{"job A cpu 1\njob A cpu 1", 2, "already"},
	{"job A", 1, "found the end of the line: expected 'at'"},
	{"job A cpu", 1, "found the end of the line after 'cpu'"},
	{"job A cpu 0", 1, "found '0' after 'cpu': expected milliseconds"},
	{"job A cpu -1", 1, "found '-1'"},
	{"job A cpu 1e3", 1, "found '1e3'"},
	{"job A cpu 0x10", 1, "found '0x10'"},
	{"job A cpu nan", 1, "found 'nan'"},
	{"job A cpu 10s", 1, "found '10s'"},
	{"job A cpu 60001", 1, "to 60000"},
	{"job A cpu 60000 times 2", 1, "takes too long"},
	{"job A cpu 1 times 0", 1, "found '0' after 'times': expected a number from 1"},
	{"job A io 1", 1, "never computes"},
	{"job A cpu 1 nice 3", 1, "found 'nice': expected 'cpu', 'io'"},
	{"job A nice 20 cpu 1", 1, "from -20 to 19"},
	{"job A nice 1x cpu 1", 1, "found '1x'"},
	{"job a/b cpu 1", 1, "found 'a/b': expected the job's name"},
	{"job sixteen-letters- cpu 1", 1, "up to 15"},
	{"job A run", 1, "no program"},
	{"job A run 'a b", 1, "no program"},
	{"\n\njob A cpu 1 2", 3, "found '2'"},
	{"rehearse 11\njob A cpu 1", 1, "from 0 to 10"},
	{"rehearse 1 sjf\njob A cpu 1", 1, "found 'sjf': expected the end"},
	{"rehearse 1 under\njob A cpu 1", 1, "expected the name of a policy"},
	{"rehearse 1 under sjf,alpha=1\njob A cpu 1", 1, "without settings"},
	{"rehearse 1\njob A run ls", 0, "'A' is a program"},
	{"expect\njob A cpu 1", 1, "expected a policy, of up to 95 bytes"},
	{"job A at 5 at 7 cpu 1", 1, "a second 'at'"},
	{"job A nice 1 at 5 nice 1 cpu 1", 1, "a second 'nice'"},
	{"job A cpu 1 times 2 times 2", 1, "found 'times'"},
	{"title a\ntitle b\njob A cpu 1", 2, "a second line 'title'"},
	{"rehearse 1\nrehearse 1\njob A cpu 1", 2, "a second line 'rehearse'"},
	{"expect rr\nexpect fifo\nexpect rr response 1", 3, "'expect rr' already"},
	{"expect rr turnaround 1 turnaround 2", 1, "a second 'turnaround'"},
	{"expect rr response 1 turnaround 1 response 1", 1, "a second 'response'"},
	{"expect rr waiting 1\njob A cpu 1", 1, "expected 'turnaround' or 'response'"},
};

static void test_errors(void **state)
{
	static struct workload w;
	struct workload_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_not_equal(parse(&w, wrong[i].text, &error), 0);
		assert_int_equal(error.line, wrong[i].line);
		if (!strstr(error.text, wrong[i].words))
			fail_msg("'%s' gives: %s", wrong[i].text, error.text);
	}
}

static void test_long_words(void **state)
{
	static struct workload w;
	struct workload_error error;
	char text[4096];

	(void)state;
	snprintf(text, sizeof(text), "job A cpu 10 %03000d\n", 1);
	assert_int_not_equal(parse(&w, text, &error), 0);
	assert_non_null(strstr(error.text, "found a word of 3000 bytes: expected up to 2047"));
	snprintf(text, sizeof(text), "job A cpu 10\n%03000d\n", 1);
	assert_int_not_equal(parse(&w, text, &error), 0);
	assert_int_equal(error.line, 2);
	snprintf(text, sizeof(text), "title %0127d\njob A cpu 1\n", 1);
	assert_parses(&w, text);
	assert_int_equal(strlen(w.title), 127);
	snprintf(text, sizeof(text), "title %0128d\njob A cpu 1\n", 1); /* not cut off */
	assert_int_not_equal(parse(&w, text, &error), 0);
	assert_non_null(strstr(error.text, "found a title of 128 bytes: expected up to 127"));
}

static void test_limits(void **state)
{
	static struct workload w;
	struct workload_error error;
	char text[8192] = "";

	(void)state;
	for (int i = 0; i < WORKLOAD_JOBS_MAX; i++)
		sprintf(text + strlen(text), "job J%d cpu 1\n", i);
	assert_parses(&w, text);
	strcat(text, "job more cpu 1\n");
	assert_int_not_equal(parse(&w, text, &error), 0);
	assert_int_equal(error.line, WORKLOAD_JOBS_MAX + 1);
	strcpy(text, "job A");
	for (int i = 0; i < WORKLOAD_BURSTS_MAX; i++)
		strcat(text, " cpu 1");
	assert_parses(&w, text);
	strcat(text, " cpu 1");
	assert_int_not_equal(parse(&w, text, &error), 0);
	memset(text, 'x', 5000);
	text[5000] = '\0';
	assert_int_not_equal(parse(&w, text, &error), 0);
	assert_non_null(strstr(error.text, "found a line of 5000 bytes: expected up to 4095"));
	assert_int_not_equal(workload_parse(&w, "job A cpu 1\0", 12, &error), 0);
}

/* What is written is read as the same. */
static void test_writing(void **state)
{
	static struct workload w, again;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_parses(&w, "title A B\nrehearse 3 under sjf\n"
			  "job A at 0.123456 nice 19 cpu 0.01 io 7 times 9\njob B cpu 2\n"
			  "expect fifo turnaround 103.33\nexpect rr response 0\n");
	workload_write(out, &w);
	assert_int_equal(fclose(out), 0);
	assert_parses(&again, text);
	assert_memory_equal(&again, &w, sizeof(w));
	free(text);
}

static void test_commands(void **state)
{
	static struct workload_job job;
	static char *const given[] = {"/bin/sh", "-c", "echo 'a  b' \\ \"c\"", "", "#"};
	char buffer[WORKLOAD_COMMAND_BYTES], *argv[WORKLOAD_WORDS_MAX + 1];

	(void)state;
	assert_int_equal(workload_set_command(&job, given, 5), 0);
	assert_int_equal(workload_words(job.command, buffer, argv), 5);
	for (int i = 0; i < 5; i++)
		assert_string_equal(argv[i], given[i]);
	assert_null(argv[5]);
	assert_int_equal(workload_words("  a'b c'd \\'  e", buffer, argv), 3);
	assert_string_equal(argv[0], "ab cd");
	assert_string_equal(argv[1], "'");
	assert_int_equal(workload_words("a 'b", buffer, argv), -EINVAL);
	assert_int_equal(workload_set_command(&job, (char *const[]){"a\nb"}, 1), -EINVAL);
	memset(buffer, 'x', sizeof(buffer));
	buffer[sizeof(buffer) - 1] = '\0';
	assert_int_equal(workload_set_command(&job, (char *const[]){buffer}, 1), -EINVAL);
	buffer[sizeof(buffer) - 3] = '\0'; /* with its two quotes it just fits */
	assert_int_equal(workload_set_command(&job, (char *const[]){buffer}, 1), 0);
	assert_int_equal(strlen(job.command), sizeof(job.command) - 1);
}

/* A program's words stay as they are from the file to the file. */
static void test_program(void **state)
{
	static struct workload w;

	(void)state;
	assert_parses(&w, "job A at 3 nice 4 run /bin/sh -c 'exit 3 # not a comment'  \r\n");
	assert_int_equal(w.jobs[0].arrival_ns, 3000000);
	assert_int_equal(w.jobs[0].nice, 4);
	assert_string_equal(w.jobs[0].command, "/bin/sh -c 'exit 3 # not a comment'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jobs),	 cmocka_unit_test(test_expectations),
		cmocka_unit_test(test_errors),	 cmocka_unit_test(test_long_words),
		cmocka_unit_test(test_limits),	 cmocka_unit_test(test_writing),
		cmocka_unit_test(test_commands), cmocka_unit_test(test_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
