// SPDX-License-Identifier: MIT
// UNIT: lib/boot_options.c lib/parse.c
#include "lib/boot_options.h"
#include "unit_test.h"

#include "lib/string.h"

static bool allows(const char *name, const char *value)
{
	const struct boot_option *option = boot_option_find(name, strlen(name));

	assert_non_null(option);
	return boot_option_allows(option, value);
}

static void finds_whole_names(void **state)
{
	assert_non_null(boot_option_find("init=/bin/sh", 4));
	assert_null(boot_option_find("ini", 3));
	assert_null(boot_option_find("inits", 5));
	assert_null(boot_option_find("", 0));
}

static void allows_values_by_kind(void **state)
{
	assert_true(allows("quiet", NULL));
	assert_false(allows("quiet", "") || allows("quiet", "1"));
	assert_true(allows("regime", "none") && allows("regime", "preemptive"));
	assert_false(allows("regime", NULL) || allows("regime", "") || allows("regime", "non") ||
		     allows("regime", "none|cooperative"));
	assert_true(allows("console", "ttyS0,115200") && allows("console", "hvc0"));
	assert_true(allows("init", "/x"));
	assert_false(allows("init", ""));
}

static void allows_ranges(void **state)
{
	assert_true(allows("tick", "100us") && allows("tick", "1s"));
	assert_false(allows("tick", "99us") || allows("tick", "1001ms") || allows("tick", "s"));
	assert_true(allows("trace", "4K") && allows("trace", "1G"));
	assert_false(allows("trace", "4095") || allows("trace", "2G"));
	assert_true(allows("epoch", "8277292035"));
	assert_false(allows("epoch", "8277292036"));
	assert_true(allows("force_preempt", "0") && allows("force_preempt", "0x7,1000000"));
	assert_false(allows("force_preempt", "7,") || allows("force_preempt", "7,0") ||
		     allows("force_preempt", "7,1000001") || allows("force_preempt", "7 8") ||
		     allows("force_preempt", ",3"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_whole_names),
		cmocka_unit_test(allows_values_by_kind),
		cmocka_unit_test(allows_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
