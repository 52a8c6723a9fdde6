// SPDX-License-Identifier: MIT
#include "base/unit.h"
#include "sched/sched_policies.h"

static const char text[] = "policy fifo\n"
			   "available rr,quantum=10ms\n"
			   "available fifo\n"
			   "available lottery,quantum=5ms,seed=1\n"
			   "tick_ns 1000000\n"
			   "cpu 0 current 2 (available) policy rr";

static void test_names(void **state)
{
	struct sched_policies p;

	(void)state;
	sched_policies_read(&p, text);
	assert_int_equal(p.nr, 3);
	assert_string_equal(p.all[0], "rr,quantum=10ms");
	assert_string_equal(p.all[1], "fifo");
	assert_string_equal(sched_policies_find(&p, "rr"), "rr,quantum=10ms");
	assert_string_equal(sched_policies_find(&p, "rr,quantum=1ms"), "rr,quantum=10ms");
	assert_null(sched_policies_find(&p, "r"));
	assert_null(sched_policies_find(&p, "rrr"));
	assert_null(sched_policies_find(&p, ""));
}

static void test_settings(void **state)
{
	(void)state;
	assert_true(sched_policy_has("lottery,quantum=5ms,seed=1", "seed"));
	assert_true(sched_policy_has("lottery,seed=1,quantum=5ms", "seed"));
	assert_false(sched_policy_has("seed", "seed"));
	assert_false(sched_policy_has("lottery,seeds=1", "seed"));
	assert_false(sched_policy_has("rr,quantum=10ms", "seed"));
	assert_true(sched_policy_is_same("rr", "rr,quantum=1ms"));
	assert_false(sched_policy_is_same("rr", "r"));
}

static void test_many(void **state)
{
	struct sched_policies p;
	char long_text[4096] = "";

	(void)state;
	for (int i = 0; i < 2 * SCHED_POLICIES_MAX; i++)
		sprintf(long_text + strlen(long_text), "available p%d\n", i);
	sched_policies_read(&p, long_text);
	assert_int_equal(p.nr, SCHED_POLICIES_MAX);
	sched_policies_read(&p, "available ");
	assert_int_equal(p.nr, 0);
	memset(long_text, 'x', 1000);
	memcpy(long_text, "available ", 10);
	strcpy(long_text + 1000, "\navailable rr");
	sched_policies_read(&p, long_text); /* one that is too long is left out */
	assert_int_equal(p.nr, 1);
	assert_string_equal(p.all[0], "rr");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
