// SPDX-License-Identifier: MIT
#include "base/unit.h"
#include "sched/sched_programs.h"

/* "a b -- c": each job has its words, and a name of its own. */
static void test_words(void **state)
{
	static struct workload w;
	char *words[] = {"/bin/sh", "-c", "exit 1", "--", "sh", "--", "./[", "--", "a/"};

	(void)state;
	assert_int_equal(sched_programs_read(&w, words, 9), 0);
	assert_int_equal(w.nr_jobs, 4);
	assert_string_equal(w.jobs[0].name, "sh");
	assert_string_equal(w.jobs[0].command, "'/bin/sh' '-c' 'exit 1'");
	assert_string_equal(w.jobs[1].name, "sh-2");
	assert_string_equal(w.jobs[1].command, "'sh'");
	assert_string_equal(w.jobs[2].name, "_");
	assert_string_equal(w.jobs[3].name, "a_");
}

/* What the guest reads is what was given. */
static void test_through_text(void **state)
{
	static struct workload w, again;
	struct workload_error error;
	char *words[] = {"grep", "it's", "--", "a_program_with_a_long_name"};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_int_equal(sched_programs_read(&w, words, 4), 0);
	workload_write(out, &w);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(workload_parse(&again, text, len, &error), 0);
	assert_memory_equal(&again, &w, sizeof(w));
	free(text);
}

static void test_errors(void **state)
{
	static struct workload w;
	char *none[] = {"a", "--"}, *twice[] = {"a", "--", "--", "b"}, *line[] = {"a\nb"};
	char *many[2 * WORKLOAD_JOBS_MAX + 1], *long_one[WORKLOAD_WORDS_MAX + 1];

	(void)state;
	assert_int_not_equal(sched_programs_read(&w, none, 2), 0);
	assert_int_not_equal(sched_programs_read(&w, twice, 4), 0);
	assert_int_not_equal(sched_programs_read(&w, line, 1), 0);
	for (int i = 0; i <= WORKLOAD_WORDS_MAX; i++)
		long_one[i] = "x";
	assert_int_equal(sched_programs_read(&w, long_one, WORKLOAD_WORDS_MAX), 0);
	assert_int_not_equal(sched_programs_read(&w, long_one, WORKLOAD_WORDS_MAX + 1), 0);
	for (int i = 0; i < 2 * WORKLOAD_JOBS_MAX + 1; i++)
		many[i] = i % 2 ? "--" : "true";
	assert_int_equal(sched_programs_read(&w, many, 2 * WORKLOAD_JOBS_MAX - 1), 0);
	assert_int_equal(w.nr_jobs, WORKLOAD_JOBS_MAX);
	assert_int_not_equal(sched_programs_read(&w, many, 2 * WORKLOAD_JOBS_MAX + 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_through_text),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
