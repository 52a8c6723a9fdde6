// SPDX-License-Identifier: MIT
#include "cmd/bench_arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"

#define AT(field) .at = offsetof(struct bench_options, field)

static int take_against(void *to, const char *text)
{
	struct bench_options *o = to;

	o->against_linux = strcmp(text, "linux") == 0;
	if (o->against_linux)
		return 0;
	say("there is nothing to compare with called '%s': write --against linux", text);
	return -EINVAL;
}

static const struct option_row rows[] = {
	{.name = "against",
	 .argument = "linux",
	 .kind = OPTION_CALL,
	 .take = take_against,
	 .help = "compare with Debian's cloud kernel, with and without its mitigations, in turns;\n"
		 "it is fetched if it is missing (CREANCE_LINUX_KERNEL: your own bzImage)"},
	{.name = "icount",
	 .kind = OPTION_FLAG,
	 AT(icount),
	 .help = "count instructions, which are the same in every run, instead of time"},
	{.name = "json", .kind = OPTION_FLAG, AT(json), .help = "print the figures as JSON"},
	{.name = "explain",
	 .kind = OPTION_FLAG,
	 AT(explain),
	 .help = "where the instructions go, by phases (null_call, context_switch_2_0,\n"
		 "fault_anonymous, fork_exec_wait, or the ROWs)"},
	{.name = "latency",
	 .kind = OPTION_FLAG,
	 AT(latency),
	 .help = "the longest stretches without interrupts and without preemption\n"
		 "(with the kernel that 'make latency' builds)"},
	{.name = "budgets",
	 .argument = "FILE",
	 .kind = OPTION_TEXT,
	 AT(budgets),
	 .help = "with --icount: compare with FILE; status 1 if a row takes over 3 % more"},
	{.name = "record",
	 .argument = "FILE",
	 .kind = OPTION_TEXT,
	 AT(record),
	 .help = "with --icount: write rows that are new or cheaper to FILE"},
	{.name = "raise",
	 .kind = OPTION_FLAG,
	 AT(raise),
	 .help = "with --record: write rows that are more expensive, too"},
	{.name = "rounds",
	 .argument = "N",
	 .kind = OPTION_NUMBER,
	 AT(rounds),
	 .least = 1,
	 .most = BENCH_ROUNDS_MAX,
	 .help = "machines for each kernel (3; with --icount 1)"},
	{.name = "guest-rounds",
	 .argument = "N",
	 .kind = OPTION_NUMBER,
	 AT(guest_rounds),
	 .least = 1,
	 .most = 1001,
	 .help = "rounds in each machine (11)"},
	{.name = "seconds",
	 .argument = "N",
	 .kind = OPTION_NUMBER,
	 AT(seconds),
	 .noun = "seconds",
	 .least = 1,
	 .most = 86400,
	 .help = "end a guest that has been silent for that many seconds (120)"},
	{.name = "machine",
	 .argument = "NAME",
	 .kind = OPTION_CHOICE,
	 AT(machine),
	 .noun = "machine",
	 .words = machine_names,
	 .help = "microvm, pc or q35, for all kernels (microvm)"},
	{.name = "cpu",
	 .argument = "MODEL",
	 .kind = OPTION_TEXT,
	 AT(cpu),
	 .help = "QEMU's name of the CPU, for all kernels (max,-erms,-fsrm)"},
	{.name = "output",
	 .argument = "FOLDER",
	 .kind = OPTION_TEXT,
	 AT(output),
	 .help = "where bench.json and bench.svg go"},
	{.name = "verbose",
	 .letter = 'v',
	 .kind = OPTION_FLAG,
	 AT(verbose),
	 .help = "show QEMU's command lines and the consoles"},
	{.name = "help", .letter = 'h', .kind = OPTION_HELP, AT(help), .help = "show this help"},
	{.name = NULL},
};

const struct option_group bench_option_group = {"Options of bench", rows};

/* "a b,c" as "a,b,c", each known and none twice. */
static int join_keys(struct bench_options *o, char **words, int nr)
{
	for (int i = 0; i < nr; i++) {
		char *copy = must_format("%s", words[i]), *rest = copy, *key;

		while ((key = strsep(&rest, ","))) {
			char *longer;

			if (!bench_row_find(key)) {
				say("there is no row '%s': see 'creance help bench'", key);
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

/* The rows have checked each option alone; this checks them together. */
static int check_together(struct bench_options *o)
{
	const char *wrong = NULL;

	if ((o->budgets || o->record) && !o->icount)
		wrong = "budgets are instructions, which need --icount: add it";
	else if (o->raise && !o->record)
		wrong = "--raise says how --record FILE records: add that";
	else if (o->budgets && o->record)
		wrong = "--budgets compares and --record writes: leave one out";
	else if (o->explain &&
		 (o->json || o->latency || o->against_linux || o->budgets || o->record))
		wrong = "--explain goes with rows, --machine and --cpu only: leave out the rest";
	else if (o->latency && (o->json || o->against_linux || o->budgets || o->record))
		wrong = "--latency measures another kernel: leave out --json, --against, --budgets "
			"and --record";
	if (!wrong)
		return 0;
	say("%s", wrong);
	return -EINVAL;
}

void bench_options_fini(struct bench_options *o)
{
	free(o->keys);
	o->keys = NULL;
}

int bench_options_parse(struct bench_options *o, int argc, char **argv)
{
	const struct option_target targets[] = {{&bench_option_group, o}, {NULL, NULL}};
	int first;

	*o = (struct bench_options){.cpu = "max,-erms,-fsrm", .seconds = 120};
	first = options_read(targets, OPTIONS_ANYWHERE, argc, argv);
	if (first < 0 || o->help)
		return first < 0 ? first : 0;
	if (o->rounds == 0)
		o->rounds = o->icount ? 1 : 3; /* counted instructions are the same each time */
	if (join_keys(o, argv + first, argc - first))
		return -EINVAL;
	return check_together(o);
}
