// SPDX-License-Identifier: MIT
#include "cmd/bench_arguments.h"
#include "cmd/commands.h"

#include <errno.h>

#include "base/unit.h"

static int parse(struct bench_options *o, const char *line)
{
	static char text[1000];
	static char *argv[64];
	int argc = 0;

	snprintf(text, sizeof(text), "%s", line);
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return command_read(&command_bench, o, argc, argv);
}

static void test_good(void **state)
{
	struct bench_options o;

	(void)state;
	assert_int_equal(parse(&o, "bench"), 0);
	assert_int_equal(o.rounds, 3);
	assert_null(o.keys);
	assert_int_equal(parse(&o, "bench --icount stat null_call,fstat --against linux"), 0);
	assert_int_equal(o.rounds, 1);
	assert_true(o.against_linux && o.guest.icount);
	assert_string_equal(o.keys, "stat,null_call,fstat");
	command_free(&command_bench, &o);
	assert_int_equal(parse(&o, "bench --rounds 7 --machine pc --guest-rounds 5 --seconds 9"),
			 0);
	assert_true(o.rounds == 7 && o.guest.machine == MACHINE_PC && o.guest_rounds == 5);
	assert_int_equal(o.seconds, 9);
	assert_null(o.guest.append);
	assert_int_equal(parse(&o, "bench --icount --append nofast=fault"), 0);
	assert_string_equal(o.guest.append, "nofast=fault");
	assert_int_equal(o.guest.cpus, 1);
	assert_int_equal(parse(&o, "bench --cpus 2 threads_stat null_call"), 0);
	assert_int_equal(o.guest.cpus, 2);
	assert_string_equal(o.keys, "threads_stat,null_call");
	command_free(&command_bench, &o);
}

static void test_wrong(void **state)
{
	static const char *const lines[] = {
		"bench --against windows",
		"bench --against",
		"bench no_such_row",
		"bench stat,",
		"bench --rounds 0",
		"bench --rounds many",
		"bench --rounds 1000",
		"bench --machine virt",
		"bench --nothing",
		"bench --budgets file",
		"bench --record file",
		"bench --icount --raise",
		"bench --icount --budgets a --record b",
		"bench --explain --json",
		"bench --explain --append nofast=fault",
		"bench --append nofast=nothing",
		"bench --append quiet --append nofast=fault",
		"bench --append no_such_option",
		"bench --latency --against linux",
		"bench threads_stat",
		"bench --cpus 0",
		"bench --cpus 2 --icount",
		"bench --cpus 2 --goals --against linux",
		"bench --cpus 2 --explain",
		"bench --cpus 2 --latency",
	};
	struct bench_options o;

	(void)state;
	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(parse(&o, lines[i]), -EINVAL);
		command_free(&command_bench, &o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
