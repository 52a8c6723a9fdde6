// SPDX-License-Identifier: MIT
#include "base/unit.h"
#include "sched/sched_policies.h"

static const char text[] = "policy fifo\n"
			   "available rr,quantum=10ms\n"
			   "available fifo\n"
			   "available lottery,quantum=5ms,seed=1\n"
			   "range rr,quantum 100000 1000000000 ns\n"
			   "range lottery,quantum 100000 1000000000 ns\n"
			   "range lottery,seed 0 9223372036854775807\n"
			   "range nothing\n"
			   "range fifo 0 1\n"
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

/* What is taken, and what is said of what is not. */
static const struct {
	const char *policy;
	const char *why; /* NULL: nothing is wrong */
} written[] = {
	{"rr", NULL},
	{"fifo", NULL},
	{"rr,quantum=100us", NULL},
	{"rr,quantum=1s", NULL},
	{"rr,quantum=5", NULL}, /* ms */
	{"lottery,seed=0,quantum=20ms", NULL},
	{"lottery,seed=9223372036854775807", NULL},
	{"rrr", "the kernel has no policy 'rrr': did you mean 'rr'?"},
	{"best", "the kernel has no policy 'best': 'creance sched --list' has them"},
	{"", "the kernel has no policy '': 'creance sched --list' has them"},
	{"fifo,quantum=1ms", "the policy 'fifo' has no settings: write 'fifo'"},
	{"fifo,", "the policy 'fifo' has no settings: write 'fifo'"},
	{"rr,seed=1", "the policy 'rr' has no setting 'seed': it is written as 'rr,quantum=10ms'"},
	{"rr,", "the policy 'rr' has no setting '': it is written as 'rr,quantum=10ms'"},
	{"rr,quantum=5ms,quant=5ms",
	 "the policy 'rr' has no setting 'quant': it is written as 'rr,quantum=10ms'"},
	{"rr,quantum",
	 "the policy 'rr' cannot have 'quantum': write quantum= with a time from 100us to 1s"},
	{"rr,quantum=99us",
	 "the policy 'rr' cannot have 'quantum=99us': write quantum= with a time from 100us to 1s"},
	{"rr,quantum=1h",
	 "the policy 'rr' cannot have 'quantum=1h': write quantum= with a time from 100us to 1s"},
	{"lottery,quantum=5ms,seed=-1", "the policy 'lottery' cannot have 'seed=-1': write seed= "
					"with a number from 0 to 9223372036854775807"},
	{"lottery,seed=000000000000000000000001",
	 "the policy 'lottery' cannot have 'seed=000000000000000000000001': write seed= with a "
	 "number from 0 to 9223372036854775807"},
};

static void test_checks(void **state)
{
	struct sched_policies p;
	char why[SCHED_WHY_BYTES], endless[2000];

	(void)state;
	sched_policies_read(&p, text);
	assert_int_equal(p.nr_ranges, 3);
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		int err = sched_policies_check(&p, written[i].policy, why);

		if (!err != !written[i].why)
			fail_msg("'%s': %s", written[i].policy, err ? why : "is taken");
		if (err)
			assert_string_equal(why, written[i].why);
	}
	memset(endless, 'x', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	assert_int_not_equal(sched_policies_check(&p, endless, why), 0);
	memcpy(endless, "rr,", 3);
	assert_int_not_equal(sched_policies_check(&p, endless, why), 0);
	/* A kernel that tells no ranges decides for itself. */
	sched_policies_read(&p, "available rr,quantum=10ms\n");
	assert_int_equal(sched_policies_check(&p, "rr,quantum=1h", why), 0);
}

static void test_printing(void **state)
{
	struct sched_policies p;
	char *printed = NULL;
	size_t len;
	FILE *out = open_memstream(&printed, &len);

	(void)state;
	sched_policies_read(&p, text);
	sched_policies_print(out, &p);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(printed, "  rr,quantum=10ms\n"
				     "      quantum from 100us to 1s\n"
				     "  fifo\n"
				     "  lottery,quantum=5ms,seed=1\n"
				     "      quantum from 100us to 1s\n"
				     "      seed from 0 to 9223372036854775807\n");
	free(printed);
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
	for (int i = 0; i < 2 * SCHED_RANGES_MAX; i++)
		sprintf(long_text + (i ? strlen(long_text) : 0), "range p,s%d 0 1\n", i);
	sched_policies_read(&p, long_text);
	assert_int_equal(p.nr_ranges, SCHED_RANGES_MAX);
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
		cmocka_unit_test(test_names),  cmocka_unit_test(test_settings),
		cmocka_unit_test(test_checks), cmocka_unit_test(test_printing),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
