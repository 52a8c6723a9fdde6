// SPDX-License-Identifier: MIT
#include "base/suggest.h"

#include "base/unit.h"

static const char *const commands[] = {"shell", "run", "trace", "debug", "bench", "regimes", NULL};

static void test_near(void **state)
{
	static const char *const cases[][2] = {
		{"trcae", "trace"},	{"rnu", "run"},	    {"shel", "shell"},
		{"benchh", "bench"},	{"debag", "debug"}, {"regims", "regimes"},
		{"regiems", "regimes"}, {"run", "run"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(suggest(cases[i][0], commands), cases[i][1]);
}

static void test_far(void **state)
{
	static const char *const words[] = {
		"fly",
		"",
		"x",
		"trap-table",
		"b",
		"regime-of-programs",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	static const char *const one_letter[] = {"v", NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_null(suggest(words[i], commands));
	assert_null(suggest("h", one_letter));
}

static void test_first_of_equals(void **state)
{
	static const char *const words[] = {"cat", "bat", NULL};

	(void)state;
	assert_string_equal(suggest("rat", words), "cat");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_near),
		cmocka_unit_test(test_far),
		cmocka_unit_test(test_first_of_equals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
