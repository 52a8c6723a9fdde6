// SPDX-License-Identifier: MIT
#include "compare/compare_html.h"
#include "compare/compare_report.h"
#include "compare/compare_table.h"
#include "compare/fake_saved.h"
#include "trace/trace_width.h"

struct pair {
	struct trace_strings strings;
	struct saved_trace traces[NR_SIDES];
	struct comparison c;
};

#define STEPS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void compare(struct pair *p, const char *const *a, const char *const *b)
{
	struct saved_trace *t = p->traces;

	assert_int_equal(trace_strings_init(&p->strings), 0);
	fake_trace(&t[SIDE_A], &p->strings, a);
	fake_trace(&t[SIDE_B], &p->strings, b);
	assert_int_equal(comparison_make(&p->c, &t[SIDE_A], &t[SIDE_B], &p->strings), 0);
}

static void end(struct pair *p)
{
	comparison_fini(&p->c);
	saved_trace_fini(&p->traces[SIDE_A]);
	saved_trace_fini(&p->traces[SIDE_B]);
	trace_strings_fini(&p->strings);
}

/* A sign for each row: "=~|<>". */
static const char *signs(const struct comparison *c)
{
	static char text[256];

	for (size_t i = 0; i < c->nr_rows; i++)
		text[i] = "=~|<>"[c->rows[i].what];
	text[c->nr_rows] = '\0';
	return text;
}

static void test_rows(void **state)
{
	struct pair p;

	(void)state;
	compare(&p,
		STEPS(FAKE_BEGIN(5), FAKE_CALL(5, "open", "f", "3"), FAKE_CALL(5, "read", "3", "7"),
		      FAKE_CALL(5, "write", "a", "1"), FAKE_CALL(5, "exit", "0", "")),
		STEPS(FAKE_BEGIN(9), FAKE_CALL(9, "open", "f", "3"),
		      FAKE_CALL(9, "write", "b", "1"), FAKE_CALL(9, "sync", "", "0"),
		      FAKE_CALL(9, "exit", "0", "")));
	assert_string_equal(signs(&p.c), "==<|>=");
	assert_false(comparison_is_same(&p.c));
	assert_int_equal(p.c.nr_threads, 1);
	/* Those whose costs differ come first, then by name. */
	assert_int_equal(p.c.nr_kinds, 6);
	assert_string_equal(trace_strings_text(&p.strings, p.c.kinds[0].kind), "call read");
	assert_int_equal(p.c.kinds[0].count[SIDE_A], 1);
	assert_int_equal(p.c.kinds[0].cost_ns[SIDE_A], 10);
	assert_int_equal(p.c.kinds[0].count[SIDE_B], 0);
	assert_string_equal(trace_strings_text(&p.strings, p.c.kinds[1].kind), "call sync");
	end(&p);
}

/* Another pid makes no step a different one, nor does a cost. */
static void test_same(void **state)
{
	struct pair p;

	(void)state;
	compare(&p, STEPS(FAKE_BEGIN(5), FAKE_CALL(5, "getpid", "", "5")),
		STEPS(FAKE_BEGIN(6), FAKE_ENTER(6, "getpid", "", 100),
		      FAKE_EXIT(6, "getpid", "6")));
	assert_string_equal(signs(&p.c), "=~");
	assert_true(comparison_is_same(&p.c));
	end(&p);
}

/* The second child of A is the second of B, though only the first of A has a child. */
static void test_threads(void **state)
{
	struct pair p;

	(void)state;
	compare(&p,
		STEPS(FAKE_BEGIN(5), FAKE_CHILD(5, 6), FAKE_CHILD(6, 7), FAKE_CHILD(5, 8),
		      FAKE_CALL(7, "sync", "", "0"), FAKE_CALL(8, "open", "f", "3")),
		STEPS(FAKE_BEGIN(9), FAKE_CHILD(9, 10), FAKE_CHILD(9, 11),
		      FAKE_CALL(11, "open", "f", "3"), FAKE_CALL(10, "nice", "", "0")));
	assert_int_equal(p.c.nr_threads, 4);
	assert_int_equal(p.c.threads[1].thread[SIDE_B], 1);
	assert_int_equal(p.c.threads[2].thread[SIDE_B], SAVED_NONE);
	assert_int_equal(p.c.threads[3].thread[SIDE_A], 3);
	assert_int_equal(p.c.threads[3].thread[SIDE_B], 2);
	end(&p);
}

/* C1: each step of both is in one row, in its order, whatever the traces are. */
static void test_random(void **state)
{
	enum { NR = 30 };
	static const char *const calls[] = {
		FAKE_CALL(5, "open", "f", "3"),
		FAKE_CALL(5, "read", "3", "7"),
		FAKE_CALL(5, "read", "3", "0"),
		FAKE_CALL(5, "sync", "", "0"),
	};

	(void)state;
	srand(1);
	for (unsigned round = 0; round < 100; round++) {
		const char *steps[NR_SIDES][NR + 2] = {{FAKE_BEGIN(5)}, {FAKE_BEGIN(5)}};
		uint32_t next[NR_SIDES] = {0, 0};
		struct pair p;

		for (unsigned i = 0; i < NR_SIDES * NR; i++)
			steps[i % NR_SIDES][1 + i / NR_SIDES] = calls[rand() % 4];
		compare(&p, steps[SIDE_A], steps[SIDE_B]);
		for (size_t i = 0; i < p.c.nr_rows; i++)
			for (unsigned side = 0; side < NR_SIDES; side++)
				if (p.c.rows[i].step[side] != SAVED_NONE)
					assert_int_equal(p.c.rows[i].step[side], next[side]++);
		assert_int_equal(next[SIDE_A], NR + 1);
		assert_int_equal(next[SIDE_B], NR + 1);
		end(&p);
	}
}

static const char *kind_of(const struct pair *p, size_t i)
{
	return trace_strings_text(&p->strings, p->c.kinds[i].kind);
}

/* A kind is new if A has no step of it, and not if A has some that cost nothing. */
static void test_ratios(void **state)
{
	static const struct {
		const char *kind, *ratio;
	} wanted[] = {
		{"call write", "×2.50"}, {"call open", "gone"}, {"call sync", ""},
		{"call dup", "new"},	 {"call nice", "new"},	{"process create", ""},
	};
	struct pair p;

	(void)state;
	compare(&p,
		STEPS(FAKE_BEGIN(5), FAKE_ENTER(5, "write", "1", 10) FAKE_EXIT(5, "write", "0"),
		      FAKE_ENTER(5, "sync", "1", 0) FAKE_EXIT(5, "sync", "0"),
		      FAKE_ENTER(5, "open", "1", 12) FAKE_EXIT(5, "open", "0")),
		STEPS(FAKE_BEGIN(5), FAKE_ENTER(5, "write", "1", 25) FAKE_EXIT(5, "write", "0"),
		      FAKE_ENTER(5, "sync", "1", 9) FAKE_EXIT(5, "sync", "0"),
		      FAKE_ENTER(5, "dup", "1", 4) FAKE_EXIT(5, "dup", "0"),
		      FAKE_ENTER(5, "nice", "1", 0) FAKE_EXIT(5, "nice", "0")));
	assert_int_equal(p.c.nr_kinds, 6);
	for (size_t i = 0; i < 6; i++) {
		char ratio[32] = "";
		struct trace_text text = TRACE_TEXT(ratio);

		assert_string_equal(kind_of(&p, i), wanted[i].kind);
		compare_kind_ratio_text(&text, &p.c, &p.c.kinds[i]);
		assert_string_equal(ratio, wanted[i].ratio);
	}
	end(&p);
}

/* Time and instructions: kinds are in the order of their counts, and costs are never the same. */
static void test_units(void **state)
{
	char ratio[32] = "";
	struct trace_text text = TRACE_TEXT(ratio);
	struct pair p;

	(void)state;
	assert_int_equal(trace_strings_init(&p.strings), 0);
	fake_trace(&p.traces[SIDE_A], &p.strings,
		   STEPS(FAKE_BEGIN(5),
			 FAKE_ENTER(5, "write", "1", 7000) FAKE_EXIT(5, "write", "0"),
			 FAKE_CALL(5, "sync", "", "0"), FAKE_CALL(5, "open", "f", "3")));
	fake_measured = true;
	fake_trace(&p.traces[SIDE_B], &p.strings,
		   STEPS(FAKE_BEGIN(5), FAKE_ENTER(5, "write", "1", 10) FAKE_EXIT(5, "write", "0"),
			 FAKE_CALL(5, "sync", "", "0")));
	fake_measured = false;
	assert_int_equal(comparison_make(&p.c, &p.traces[SIDE_A], &p.traces[SIDE_B], &p.strings),
			 0);
	assert_int_equal(p.c.nr_kinds, 4);
	assert_string_equal(kind_of(&p, 0), "call open");
	assert_string_equal(kind_of(&p, 1), "call sync");
	assert_string_equal(kind_of(&p, 2), "call write");
	assert_false(compare_kind_is_equal(&p.c, &p.c.kinds[1]));
	assert_true(compare_kind_is_equal(&p.c, &p.c.kinds[3])); /* without a cost */
	compare_kind_ratio_text(&text, &p.c, &p.c.kinds[1]);
	assert_string_equal(ratio, "");
	compare_kind_ratio_text(&text, &p.c, &p.c.kinds[0]);
	assert_string_equal(ratio, "gone");
	end(&p);
}

#define SYNC FAKE_CALL(5, "sync", "", "0")
#define DUP FAKE_CALL(5, "dup", "1", "3")
#define OPEN FAKE_CALL(5, "open", "f", "3")
#define NICE FAKE_CALL(5, "nice", "0", "0")

/* Equal steps are one line, and so are those behind the first of four that differ alike. */
static void test_runs(void **state)
{
	static const size_t wanted[][2] = {{3, 3}, {4, 3}, {1, 0}, {1, 0}, {1, 0}};
	struct compare_run run;
	struct pair p;
	size_t at = 0;

	(void)state;
	compare(&p, STEPS(FAKE_BEGIN(5), SYNC, SYNC, DUP, DUP, DUP, DUP, OPEN),
		STEPS(FAKE_BEGIN(5), SYNC, SYNC, OPEN, NICE, NICE));
	assert_string_equal(signs(&p.c), "===<<<<=>>");
	for (unsigned i = 0; i < 5; i++) {
		run = compare_run_at(&p.c, &p.c.threads[0], at);
		assert_int_equal(run.nr, wanted[i][0]);
		assert_int_equal(run.folded, wanted[i][1]);
		assert_int_equal(compare_run_is_equal(&run), i == 0);
		if (i == 1) {
			assert_int_equal(run.cost_ns[SIDE_A], 30);
			assert_int_equal(run.cost_ns[SIDE_B], 0);
		}
		at += run.nr;
	}
	assert_int_equal(at, p.c.nr_rows);
	end(&p);
}

#define LONG(word) "longer than a column of any terminal that " word " used, and äöü"

static void check_lines(const struct comparison *c, unsigned width)
{
	struct compare_report report = {.comparison = c, .width = width};
	char *out = NULL, *line, *rest;
	size_t len;
	FILE *stream = open_memstream(&out, &len);

	assert_int_equal(compare_table_write(stream, &report), 0);
	fclose(stream);
	assert_non_null(strstr(out, "2 steps differ: 1 only in B, 1 with other"));
	for (rest = out; (line = strsep(&rest, "\n"));) {
		size_t bytes = strlen(line);

		assert_true(trace_width(line, bytes) <= width);
		assert_false(bytes && line[bytes - 1] == ' ');
	}
	free(out);
}

/* compare_table.c, T1; and no blanks at the ends of lines. */
static void test_width(void **state)
{
	struct pair p;

	(void)state;
	compare(&p, STEPS(FAKE_BEGIN(5), FAKE_CALL(5, "write", LONG("is"), "1")),
		STEPS(FAKE_BEGIN(5), FAKE_CALL(5, "write", LONG("was"), "1"),
		      FAKE_CALL(5, "anotherverylongnamewithoutblanksanywhereinit", "oneoneone",
				"1")));
	for (unsigned width = 60; width < 180; width += 3)
		check_lines(&p.c, width);
	end(&p);
}

/* How many lines begin so. */
static size_t count_lines(const char *text, const char *begin)
{
	size_t nr = 0;

	for (const char *at = text; (at = strchr(at, '\n')); at++)
		nr += strncmp(at + 1, begin, strlen(begin)) == 0;
	return nr;
}

/* @t has @nr steps of a thread, in groups of as many as are folded; those of a group alike. */
static void fill_groups(struct saved_trace *t, struct trace_strings *strings, size_t nr)
{
	*t = (struct saved_trace){.path = "fake", .nr = nr};
	t->threads = calloc(1, sizeof(*t->threads));
	t->steps = calloc(nr + 1, sizeof(*t->steps));
	assert_true(t->threads && t->steps);
	t->nr_threads = 1;
	t->threads[0] = (struct saved_thread){.tid = 5, .parent = SAVED_NONE};
	for (size_t i = 0; i < nr; i++) {
		size_t group = i / COMPARE_REPEATS_MIN;
		char text[32];

		snprintf(text, sizeof(text), "call n%zu", group);
		t->steps[i].kind = (uint32_t)trace_strings_number(strings, text);
		t->steps[i].key = t->steps[i].text = t->steps[i].kind;
	}
}

/* compare_html.c, H2: each group is two lines of steps, and a kind. */
static void test_large_page(void **state)
{
	enum { GROUPS = COMPARE_HTML_LINES_MAX, NR = GROUPS * COMPARE_REPEATS_MIN };
	struct pair p;
	struct compare_report report = {.comparison = &p.c};
	size_t len, folds;
	char *out = NULL, words[64];
	FILE *stream = open_memstream(&out, &len);

	(void)state;
	assert_int_equal(trace_strings_init(&p.strings), 0);
	fill_groups(&p.traces[SIDE_A], &p.strings, NR);
	fill_groups(&p.traces[SIDE_B], &p.strings, 0);
	assert_int_equal(comparison_make(&p.c, &p.traces[SIDE_A], &p.traces[SIDE_B], &p.strings),
			 0);
	assert_int_equal(compare_html_write(stream, &report), 0);
	fclose(stream);
	folds = count_lines(out, "<tr class='fold'");
	assert_int_equal(count_lines(out, "<tr class='only_a'"), folds);
	assert_true(2 * folds < COMPARE_HTML_LINES_MAX);
	assert_true(2 * folds >= COMPARE_HTML_LINES_MAX - 2);
	snprintf(words, sizeof(words), "… %zu more steps", NR - folds * COMPARE_REPEATS_MIN);
	assert_non_null(strstr(out, words));
	assert_int_equal(count_lines(out, "<tr><th scope='row'>call n"), COMPARE_HTML_KINDS_MAX);
	snprintf(words, sizeof(words), "… %d more kinds", GROUPS - COMPARE_HTML_KINDS_MAX);
	assert_non_null(strstr(out, words));
	free(out);
	end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	   cmocka_unit_test(test_same),
		cmocka_unit_test(test_threads),	   cmocka_unit_test(test_random),
		cmocka_unit_test(test_runs),	   cmocka_unit_test(test_ratios),
		cmocka_unit_test(test_units),	   cmocka_unit_test(test_width),
		cmocka_unit_test(test_large_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
