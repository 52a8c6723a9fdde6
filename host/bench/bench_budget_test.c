// SPDX-License-Identifier: MIT
#include "bench/bench_budget.h"

#include <errno.h>
#include <unistd.h>

#include "base/unit.h"

static const char file[] = "# What an operation may take\n"
			   "\n"
			   "null_call                65\n"
			   "stat 900 # as of today\n";

static struct bench_result *measured(double null_call, double stat)
{
	struct bench_result *r = bench_result_new(true);
	struct bench_parsed p = {.kind = BENCH_LINE_ROW, .key = "null_call", .ops = 1};

	p.min = null_call;
	assert_int_equal(bench_result_add(r, BENCH_OURS, &p), 0);
	strcpy(p.key, "stat");
	p.min = stat;
	if (stat > 0)
		assert_int_equal(bench_result_add(r, BENCH_OURS, &p), 0);
	return r;
}

/* What bench_budgets_check returns and prints; the caller frees *text. */
static unsigned check(const char *budgets, double null_call, double stat, bool all, char **text)
{
	struct bench_result *r = measured(null_call, stat);
	struct bench_budgets b;
	size_t len;
	FILE *out = open_memstream(text, &len);
	unsigned over;

	assert_int_equal(bench_budgets_parse(&b, budgets, "budgets"), 0);
	over = bench_budgets_check(&b, r, all, out);
	fclose(out);
	bench_budgets_free(&b);
	free(r);
	return over;
}

static void test_parse(void **state)
{
	static const char *const wrong[] = {"null_call\n",     "null_call x\n",
					    "null_call 0\n",   "null_call -4\n",
					    "null_call 5 6\n", "stat 5\nstat 5\n",
					    "null_call nan\n", "null_call 65 instructions\n"};
	struct bench_budgets b;

	(void)state;
	assert_int_equal(bench_budgets_parse(&b, file, "budgets"), 0);
	assert_int_equal(b.nr, 4);
	assert_string_equal(b.lines[0].key, "");
	assert_string_equal(b.lines[3].key, "stat");
	assert_true(b.lines[3].budget == 900);
	bench_budgets_free(&b);
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(bench_budgets_parse(&b, wrong[i], "budgets"), -EINVAL);
	assert_int_equal(bench_budgets_read(&b, "/no/such/file", true), 0);
	assert_int_equal(bench_budgets_read(&b, "/no/such/file", false), -ENOENT);
}

static void test_judge(void **state)
{
	(void)state;
	assert_int_equal(bench_budget_judge(100, 103), BENCH_WITHIN);
	assert_int_equal(bench_budget_judge(100, 103.1), BENCH_OVER);
	assert_int_equal(bench_budget_judge(100, 97), BENCH_WITHIN);
	assert_int_equal(bench_budget_judge(100, 96.9), BENCH_BETTER);
}

static void test_check(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(check(file, 66, 900, true, &text), 0);
	assert_non_null(strstr(text, "2 budgets, 0 exceeded"));
	free(text);
	assert_int_equal(check(file, 80, 900, true, &text), 1);
	assert_non_null(strstr(
		text,
		"null_call                OVER ITS BUDGET: 80 instructions; its budget is 65 (+23.1 %)"));
	assert_non_null(strstr(text, "make budgets RAISE=1"));
	free(text);
	assert_int_equal(check(file, 30, 900, true, &text), 0);
	assert_non_null(strstr(text, "better"));
	assert_non_null(strstr(text, "'make budgets' records"));
	free(text);
	/* A row that is gone is no success, unless it was not asked for. */
	assert_int_equal(check(file, 65, 0, true, &text), 1);
	assert_non_null(strstr(text, "stat                     NOT MEASURED"));
	free(text);
	assert_int_equal(check(file, 65, 0, false, &text), 0);
	free(text);
	assert_int_equal(check("", 65, 900, true, &text), 0);
	assert_non_null(strstr(text, "null_call                has no budget yet"));
	free(text);
}

static void test_record(void **state)
{
	struct bench_result *r = measured(60.2, 1000);
	struct bench_budgets b, again;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_int_equal(bench_budgets_parse(&b, file, "budgets"), 0);
	assert_int_equal(bench_budgets_record(&b, r, false, out), 1); /* the better one only */
	assert_true(b.lines[2].budget == 61);
	assert_true(b.lines[3].budget == 900);
	assert_int_equal(bench_budgets_record(&b, r, true, out), 1);
	assert_true(b.lines[3].budget == 1000);
	assert_int_equal(bench_budgets_record(&b, r, true, out), 0);
	fclose(out);
	free(text);
	assert_int_equal(bench_budgets_write(&b, "budgets.test"), 0);
	assert_int_equal(bench_budgets_read(&again, "budgets.test", false), 0);
	assert_int_equal(again.nr, 4);
	assert_string_equal(again.lines[0].text, "# What an operation may take");
	assert_string_equal(again.lines[2].text, "null_call                61");
	unlink("budgets.test");
	assert_int_not_equal(bench_budgets_write(&b, "/no/such/folder/budgets"), 0);
	bench_budgets_free(&again);
	bench_budgets_free(&b);
	free(r);
}

static void test_record_from_nothing(void **state)
{
	struct bench_result *r = measured(60.2, 1000);
	struct bench_budgets b = {0};
	FILE *out = fopen("/dev/null", "w");

	(void)state;
	assert_int_equal(bench_budgets_record(&b, r, false, out), 2);
	assert_int_equal(b.nr, 2);
	fclose(out);
	bench_budgets_free(&b);
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_record_from_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
