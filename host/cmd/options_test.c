// SPDX-License-Identifier: MIT
#include <errno.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/options.h"
#include "cmd/sched_options.h"
#include "cmd/trace_options.h"
#include "base/unit.h"

static const struct command *command_of(const char *name)
{
	for (unsigned i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	fail_msg("no command %s", name);
	return NULL;
}

static int parse(struct guest_options *o, const char *line)
{
	static char text[1000];
	static char *argv[64];
	int argc = 0;

	snprintf(text, sizeof(text), "%s", line);
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return command_read(command_of(argv[0]), o, argc, argv);
}

static void done(struct guest_options *o)
{
	command_free(&command_run, o); /* the lists are of all commands */
}

static void test_defaults(void **state)
{
	struct guest_options o;

	(void)state;
	assert_int_equal(parse(&o, "run -- prog -v --cpus"), 0);
	assert_int_equal(o.cpus, 1);
	assert_int_equal(o.memory_bytes, 256ull << 20);
	assert_int_equal(o.machine, MACHINE_MICROVM);
	assert_false(o.verbose);
	assert_int_equal(o.nr_args, 3);
	assert_string_equal(o.args[0], "prog");
	assert_string_equal(o.args[1], "-v"); /* the program's, not ours */
	done(&o);
	assert_int_equal(parse(&o, "run prog -v"), 0); /* the same without "--" */
	assert_false(o.verbose);
	assert_int_equal(o.nr_args, 2);
	done(&o);
}

static void test_all(void **state)
{
	struct guest_options o;

	(void)state;
	assert_int_equal(
		parse(&o,
		      "run --cpus 4 --memory=64M --machine q35 --accel tcg --cpu qemu64 --env A=1 --env B "
		      "--append tick=1ms --debug-kernel -v p"),
		0);
	assert_int_equal(o.cpus, 4);
	assert_int_equal(o.memory_bytes, 64ull << 20);
	assert_int_equal(o.machine, MACHINE_Q35);
	assert_int_equal(o.accel, ACCEL_TCG);
	assert_string_equal(o.cpu_model, "qemu64");
	assert_string_equal(o.env.items[0], "A=1");
	assert_string_equal(o.env.items[1], "B");
	assert_null(o.env.items[2]);
	assert_string_equal(o.append, "tick=1ms");
	assert_true(o.debug_kernel && o.verbose);
	done(&o);
}

/* What sched's operands are, with a '|' between two. */
static void assert_operands(const char *line, const char *operands)
{
	static const struct option_group *const groups[] = {&sched_option_group,
							    &guest_option_group, NULL};
	char text[200], found[200] = "", *argv[20], *rest = text;
	struct sched_options o = {0};
	int argc = 0, first;

	snprintf(text, sizeof(text), "%s", line);
	while ((argv[argc] = strsep(&rest, " ")))
		argc++;
	first = options_read(groups, &o, OPTIONS_BEFORE_DASHES, argc, argv);
	assert_int_not_equal(first, -EINVAL);
	for (int i = first; i < argc; i++)
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s",
			 i > first ? "|" : "", argv[i]);
	assert_string_equal(found, operands);
	options_free(groups, &o);
}

static void test_dashes_stay_where_they_are(void **state)
{
	(void)state;
	assert_operands("sched", "");
	assert_operands("sched a --json b", "a|b");
	assert_operands("sched --json -- p -x", "--|p|-x");
	assert_operands("sched a --json b -- p --json", "a|b|--|p|--json");
	assert_operands("sched a -- p -- q", "a|--|p|--|q");
	assert_operands("sched a --", "a|--");
	assert_operands("sched a --svg --", "a"); /* an option's value */
}

static void test_refused(void **state)
{
	static const char *const lines[] = {
		"run --cpus 0 p",
		"run --cpus 65 p",
		"run --cpus x p",
		"run --cpus -1 p",
		"run --memory 15M p",
		"run --memory 64 p",
		"run --memory M p",
		"run --memory 9999999T p",
		"run --memory 65G p",
		"run --machine vax p",
		"run --accel hvf p",
		"run --icount --cpus 2 p",
		"run --env =x p",
		"run --nonsense p",
		"run -x p",
		"run --memory",
		"run --no-gdb p",
		"run --icount --accel kvm p",
		"debug --debug-kernel --release-kernel p",
		"run --release-kernel p",
		"run --watchdog 0 p",
		"run --watchdog soon p",
		"run --watchdog 0s p",
		"run --watchdog 1500ms p",
		"run --watchdog 3601s p",
		"run --append tick=10 p",
		"debug --watchdog 5 p",
		"run --verbose=1 p",
		"run --cpus 4294967297 p",
		"run --append quiet --append tick=1ms p",
		"run --append nonsense p",
		"run --user= p",
	};
	int saved = dup(STDERR_FILENO);

	(void)state;
	assert_non_null(freopen("/dev/null", "w", stderr));
	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct guest_options o;
		int err = parse(&o, lines[i]);

		done(&o);
		if (err != -EINVAL)
			fail_msg("accepted: %s", lines[i]);
	}
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
}

static int parse_trace(struct trace_options *o, char **argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	return command_read(&command_trace, o, argc, argv);
}

/* A pair takes the next word, wherever options are after it, and no option for it. */
static void test_pair(void **state)
{
	char *whole[] = {"trace", "--compare=a", "b", "--all", NULL};
	char *lacking[] = {"trace", "--compare", "a", "--all", NULL};
	char *last[] = {"trace", "--all", "--compare", "a", NULL};
	char *further[] = {"trace", "--compare", "a", "b", "c", NULL};
	char *of_run[] = {"trace", "--compare", "a", "b", "--env", "A=1", NULL};
	char *usual[] = {"trace", "--memory", "256M", "--compare", "a", "b", NULL};
	char **const refused[] = {lacking, last, further, of_run};
	struct trace_options o;

	(void)state;
	assert_int_equal(parse_trace(&o, whole), 0);
	assert_string_equal(o.compare[0], "a");
	assert_string_equal(o.compare[1], "b");
	assert_true(o.all);
	assert_int_equal(o.nr_outputs, 1);
	command_free(&command_trace, &o);
	for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_int_equal(parse_trace(&o, refused[i]), -EINVAL);
		command_free(&command_trace, &o);
	}
	/* An option that is given its usual value changes nothing. */
	assert_int_equal(parse_trace(&o, usual), 0);
	command_free(&command_trace, &o);
}

static void test_sizes(void **state)
{
	uint64_t n;

	(void)state;
	assert_int_equal(option_parse_size("16M", &n), 0);
	assert_int_equal(n, 16ull << 20);
	assert_int_equal(option_parse_size("1G", &n), 0);
	assert_int_equal(n, 1ull << 30);
	assert_int_equal(option_parse_size("20480k", &n), 0);
	assert_int_equal(n, 20ull << 20);
	assert_int_equal(option_parse_size("1GiB", &n), 0);
	assert_int_equal(option_parse_size("1Gx", &n), -EINVAL);
	assert_int_equal(option_parse_size("-1G", &n), -EINVAL);
	assert_int_equal(option_parse_size("", &n), -EINVAL);
	assert_int_equal(option_parse_size("99999999999999999999M", &n), -EINVAL);
	assert_int_equal(option_parse_size("18446744073709551615T", &n), -EINVAL);
}

static void test_watchdog(void **state)
{
	struct guest_options o;

	(void)state;
	assert_int_equal(parse(&o, "run --watchdog 5 -- prog"), 0);
	assert_int_equal(o.watchdog_s, 5);
	done(&o);
	assert_int_equal(parse(&o, "run --watchdog 7s -- prog"), 0);
	assert_int_equal(o.watchdog_s, 7);
	done(&o);
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {{"40us", 40000},	   {"1500us", 1500000}, {"1.5ms", 1500000},
		    {"2s", 2000000000ull}, {"300ns", 300},	{"0", 0}};
	static const char *const bad[] = {"", "ms", "40", "5 ms", "-1", "1h", "nan", "1e99"};
	uint64_t ns;

	(void)state;
	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(option_parse_time(good[i].text, &ns), 0);
		assert_int_equal(ns, good[i].ns);
	}
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(option_parse_time(bad[i], &ns), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_dashes_stay_where_they_are),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_pair),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_watchdog),
		cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
