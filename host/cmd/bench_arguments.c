// SPDX-License-Identifier: MIT
/*
 * bench_arguments.c -- what `creance bench` is given.
 *
 * Parts.  The options; the rows, which are known by name and need a machine that has their CPUs;
 *   what does not go together, with what to do about it.
 * Tests.  bench_arguments_test.c.
 */
#include "cmd/bench_arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "cmd/kernel_options.h"

#define OPTIONS struct bench_options

static int take_against(void *to, const char *text)
{
	struct bench_options *o = to;

	o->against_linux = strcmp(text, "linux") == 0;
	if (o->against_linux)
		return 0;
	say("there is nothing to compare with called '%s': write --against linux", text);
	return -EINVAL;
}

static const char *kernel_name(unsigned i)
{
	return i == 0 ? "linux" : NULL;
}

static int check_append(void *to, const char *text)
{
	const struct bench_options *o = to;

	return kernel_options_check(o->guest.append, text);
}

static const struct option_row rows[] = {
	{"against", CALL("linux", take_against), WORDS(kernel_name),
	 HELP("compare with Debian's cloud kernel, with and without its mitigations, in turns;\n"
	      "it is fetched if it is missing (CREANCE_LINUX_KERNEL: your own bzImage)")},
	{"goals", FLAG(goals),
	 HELP("with --against: say which rows reach the goals of Creance's developers")},
	{"icount", FLAG(guest.icount),
	 HELP("count instructions, which are the same in every run, instead of time")},
	{"cpus", NUMBER("N", guest.cpus, 1, CPUS_LIMIT), USUAL("1"),
	 HELP("CPUs of the machine; of several: operations a second by one and by N processes\n"
	      "and threads at the same time, and what one CPU does to another")},
	{"json", FLAG(json), HELP("print the figures as JSON")},
	{"explain", FLAG(explain),
	 HELP("where the instructions go, by phases (null_call, context_switch_2_0,\n"
	      "fault_anonymous, fork_exec_wait, or the ROWs)")},
	{"latency", FLAG(latency),
	 HELP("the longest stretches without interrupts and without preemption\n"
	      "(with the kernel that 'make latency' builds)")},
	{"budgets", TEXT("FILE", budgets),
	 HELP("with --icount: compare with FILE; status 1 if a row takes over 3 % more")},
	{"record", TEXT("FILE", record),
	 HELP("with --icount: write rows that are new or cheaper to FILE")},
	{"raise", FLAG(raise), HELP("with --record: write rows that are more expensive, too")},
	{"rounds", NUMBER("N", rounds, 1, BENCH_ROUNDS_MAX),
	 HELP("machines for each kernel (3; with --icount 1)")},
	{"guest-rounds", NUMBER("N", guest_rounds, 1, 1001), HELP("rounds in each machine (11)")},
	{"seconds", SECONDS("SECONDS", seconds, 1, 86400), USUAL("120"),
	 HELP("end a guest that has been silent for that many seconds")},
	{"machine", CHOICE("NAME", guest.machine, machine_names), NOUN("machine"), USUAL("microvm"),
	 HELP("microvm, pc or q35, for all kernels")},
	{"cpu", TEXT("MODEL", guest.cpu_model), USUAL("max,-erms,-fsrm"),
	 HELP("QEMU's name of the CPU, for all kernels")},
	{"append", TEXT("OPTIONS", guest.append), CHECK(check_append),
	 HELP("options for Creance's kernel, such as nofast=pipe: see 'creance help kernel'")},
	{"output", TEXT("FOLDER", output), HELP("where bench.json and bench.svg go")},
	{"verbose", LETTER('v'), FLAG(guest.verbose),
	 HELP("show QEMU's command lines and the consoles")},
	HELP_ROW,
};

const struct option_group bench_option_group = {"Options of bench", rows};

/* Whether the machine has what @key needs. */
static int check_row(const struct bench_options *o, const char *key)
{
	const struct bench_row *row = bench_row_find(key);

	if (!row) {
		option_say_unknown("row", key, bench_row_key,
				   "the first column of 'creance bench' has them");
		return -EINVAL;
	}
	if (o->guest.cpus > 1 || !bench_row_needs_cpus(row))
		return 0;
	say("the row %s needs a machine with several CPUs: add --cpus 2", key);
	return -EINVAL;
}

/* "a b,c" as "a,b,c", each known and none twice. */
static int join_keys(struct bench_options *o, char **words, int nr)
{
	for (int i = 0; i < nr; i++) {
		char *copy = must_format("%s", words[i]), *rest = copy, *key;

		while ((key = strsep(&rest, ","))) {
			char *longer;

			if (check_row(o, key)) {
				free(copy);
				return -EINVAL;
			}
			longer = must_format("%s%s%s", o->keys ? o->keys : "", o->keys ? "," : "",
					     key);
			free(o->keys);
			o->keys = longer;
		}
		free(copy);
	}
	return 0;
}

void bench_options_init(void *options)
{
	struct bench_options *o = options;

	o->guest =
		(struct guest_options){.cpus = 1, .memory_bytes = 256ull << 20, .accel = ACCEL_TCG};
}

int bench_options_check(void *options, int nr, char **operands)
{
	struct bench_options *o = options;
	bool counts = o->budgets || o->record;
	const char *wrong = NULL;

	if (counts && !o->guest.icount)
		wrong = "budgets are instructions, which need --icount: add it";
	else if (o->goals && !o->against_linux)
		wrong = "--goals are shares of what Linux takes: add --against linux";
	else if (o->guest.cpus > 1 && o->guest.icount)
		wrong = "--icount: with several CPUs two runs may differ: leave out --cpus";
	else if (o->guest.cpus > 1 && (o->goals || o->explain || o->latency))
		wrong = "--goals, --explain and --latency are for one CPU: leave out --cpus";
	else if (o->raise && !o->record)
		wrong = "--raise says how --record FILE records: add that";
	else if (o->budgets && o->record)
		wrong = "--budgets compares and --record writes: leave one out";
	else if (o->explain &&
		 (o->json || o->latency || o->against_linux || o->guest.append || counts))
		wrong = "--explain goes with rows, --machine and --cpu only: leave out the rest";
	else if (o->latency && (o->json || o->against_linux || counts))
		wrong = "--latency measures another kernel: leave out --json, --against, --budgets "
			"and --record";
	else if ((o->explain || o->latency) && (o->rounds || o->output))
		wrong = "--explain and --latency use one machine and write no file: leave out "
			"--rounds and --output";
	if (o->rounds == 0)
		o->rounds = o->guest.icount ? 1 : 3; /* counts are the same each time */
	if (!wrong)
		return join_keys(o, operands, nr);
	say("%s", wrong);
	return -EINVAL;
}

void bench_options_fini(void *options)
{
	free(((struct bench_options *)options)->keys);
}
