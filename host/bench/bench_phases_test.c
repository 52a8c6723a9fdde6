// SPDX-License-Identifier: MIT
#include "bench/bench_phases.h"

#include <errno.h>

#include "base/unit.h"

static const char file[] = "# a table\n"
			   "*        entry  syscall_entry:first stubs*\n"
			   "*        exit   syscall_entry:rest # both ways\n"
			   "fork*    copy   copy_*\n"
			   "null_call other copy_one\n";

static void assert_phase(const char *row, const char *function, bool first, const char *expected)
{
	struct bench_phases p;
	const char *phase;

	assert_int_equal(bench_phases_parse(&p, file, "phases"), 0);
	phase = bench_phases_of(&p, row, function, first);
	if (expected)
		assert_string_equal(phase, expected);
	else
		assert_null(phase);
	bench_phases_free(&p);
}

static void test_phases(void **state)
{
	(void)state;
	assert_phase("null_call", "syscall_entry", true, "entry");
	assert_phase("null_call", "syscall_entry", false, "exit");
	assert_phase("null_call", "stubs_of_all", false, "entry");
	assert_phase("fork_exit_wait", "copy_one", true, "copy");
	assert_phase("fork_exit_wait", "copy_one.part.0", true, "copy");
	assert_phase("null_call", "copy_one.constprop.0", true, "other");
	assert_phase("null_call", "copy_two", true, NULL);
	assert_phase("null_call", ".hidden", true, NULL);
}

static void test_wrong_lines(void **state)
{
	static const char *const wrong[] = {"*\n", "* entry\n", "* entry a:second\n",
					    "* entry a\n* exit\n"};
	struct bench_phases p;

	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(bench_phases_parse(&p, wrong[i], "phases"), -EINVAL);
	assert_int_equal(bench_phases_parse(&p, "", "phases"), 0);
	bench_phases_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_wrong_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
