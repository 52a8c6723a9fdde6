// SPDX-License-Identifier: MIT
#include "bench/bench_options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"

enum {
	OPT_AGAINST = 256,
	OPT_ICOUNT,
	OPT_JSON,
	OPT_EXPLAIN,
	OPT_LATENCY,
	OPT_ROUNDS,
	OPT_GUEST_ROUNDS,
	OPT_SECONDS,
	OPT_MACHINE,
	OPT_CPU,
	OPT_BUDGETS,
	OPT_RECORD,
	OPT_RAISE,
	OPT_OUTPUT,
};

static const struct option long_options[] = {
	{"against", required_argument, NULL, OPT_AGAINST},
	{"icount", no_argument, NULL, OPT_ICOUNT},
	{"json", no_argument, NULL, OPT_JSON},
	{"explain", no_argument, NULL, OPT_EXPLAIN},
	{"latency", no_argument, NULL, OPT_LATENCY},
	{"rounds", required_argument, NULL, OPT_ROUNDS},
	{"guest-rounds", required_argument, NULL, OPT_GUEST_ROUNDS},
	{"seconds", required_argument, NULL, OPT_SECONDS},
	{"machine", required_argument, NULL, OPT_MACHINE},
	{"cpu", required_argument, NULL, OPT_CPU},
	{"budgets", required_argument, NULL, OPT_BUDGETS},
	{"record", required_argument, NULL, OPT_RECORD},
	{"raise", no_argument, NULL, OPT_RAISE},
	{"output", required_argument, NULL, OPT_OUTPUT},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static int parse_number(const char *option, const char *text, unsigned most, unsigned *number)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || n < 1 || n > most) {
		say("%s %s is not a number from 1 to %u", option, text, most);
		return -EINVAL;
	}
	*number = (unsigned)n;
	return 0;
}

static int parse_against(struct bench_options *o, const char *text)
{
	o->against_linux = strcmp(text, "linux") == 0;
	if (o->against_linux)
		return 0;
	say("there is nothing to compare with called '%s': write --against linux", text);
	return -EINVAL;
}

static int parse_machine(struct bench_options *o, const char *text)
{
	for (enum machine m = MACHINE_MICROVM; m <= MACHINE_Q35; m++) {
		if (strcmp(text, machine_name(m)) != 0)
			continue;
		o->machine = m;
		return 0;
	}
	say("there is no machine '%s': choose microvm, pc or q35", text);
	return -EINVAL;
}

static int parse_value(struct bench_options *o, int option, const char *value)
{
	switch (option) {
	case OPT_AGAINST:
		return parse_against(o, value);
	case OPT_ROUNDS:
		return parse_number("--rounds", value, BENCH_ROUNDS_MAX, &o->rounds);
	case OPT_GUEST_ROUNDS:
		return parse_number("--guest-rounds", value, 1001, &o->guest_rounds);
	case OPT_SECONDS:
		return parse_number("--seconds", value, 86400, &o->seconds);
	case OPT_MACHINE:
		return parse_machine(o, value);
	case OPT_CPU:
		o->cpu = value;
		return 0;
	case OPT_BUDGETS:
		o->budgets = value;
		return 0;
	case OPT_RECORD:
		o->record = value;
		return 0;
	default:
		o->output = value;
		return 0;
	}
}

static int parse_one(struct bench_options *o, int option, const char *value)
{
	bool *flag = NULL;

	switch (option) {
	case OPT_ICOUNT:
		flag = &o->icount;
		break;
	case OPT_JSON:
		flag = &o->json;
		break;
	case OPT_EXPLAIN:
		flag = &o->explain;
		break;
	case OPT_LATENCY:
		flag = &o->latency;
		break;
	case OPT_RAISE:
		flag = &o->raise;
		break;
	case 'v':
		flag = &o->verbose;
		break;
	case 'h':
		flag = &o->help;
		break;
	default:
		return parse_value(o, option, value);
	}
	*flag = true;
	return 0;
}

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

/* What each option means alone was checked; here, what they mean together. */
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
	int option;

	*o = (struct bench_options){.cpu = "max,-erms,-fsrm", .seconds = 120};
	optind = 0; /* also resets glibc's scanner */
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":vh", long_options, NULL)) != -1) {
		if (option == ':') {
			say("%s needs a value: see 'creance help bench'", argv[optind - 1]);
			return -EINVAL;
		}
		if (option == '?') {
			say("bench has no option '%s': see 'creance help bench'", argv[optind - 1]);
			return -EINVAL;
		}
		if (parse_one(o, option, optarg))
			return -EINVAL;
	}
	if (o->rounds == 0)
		o->rounds = o->icount ? 1 : 3; /* counted instructions are the same each time */
	if (join_keys(o, argv + optind, argc - optind))
		return -EINVAL;
	return o->help ? 0 : check_together(o);
}
