// SPDX-License-Identifier: MIT
/*
 * trace_compare.c -- `creance trace --compare A B`.
 *
 * Idea.  No guest is started: both files are read, compared, and written in the formats that were
 *   asked for, by the same options as the formats of a run. Options that only a run can obey are
 *   refused; they are found by comparing the options with the usual ones.
 * Tests.  tests/system/trace_compare.t.
 */
#include "cmd/trace_compare.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/writable.h"
#include "cmd/trace_output.h"
#include "compare/compare_formats.h"
#include "compare/saved_pair.h"
#include "trace/trace_table.h"

/* ---- options ---- */

/* A message if an option is given that only a run can obey. */
static int refuse_others(const struct trace_options *o)
{
	static const struct option_group *const groups[] = {&trace_option_group,
							    &guest_option_group, NULL};
	struct trace_options *usual = must_alloc(sizeof(*usual));
	char *nothing[] = {(char *)"trace", NULL};
	const struct option_row *row = NULL;

	trace_options_init(usual);
	if (options_read(groups, usual, OPTIONS_FIRST, 1, nothing) >= 0) {
		usual->all = o->all;
		memcpy(usual->compare, o->compare, sizeof(usual->compare));
		row = options_first_other(groups, o, usual);
	}
	options_free(groups, usual);
	free(usual);
	if (row)
		say("--%s is of a run, and --compare runs nothing: leave it out, or give it when you trace",
		    row->name);
	return row ? -EINVAL : 0;
}

static int check_output(const struct trace_options *o, const struct trace_output *output)
{
	if (!compare_format_named(output->format->name)) {
		say("a comparison cannot be written as %s: choose table, html or json",
		    output->format->name);
		return -EINVAL;
	}
	for (unsigned i = 0; output->path && i < NR_SIDES; i++) {
		if (!writable_overwrites(output->path, o->compare[i]))
			continue;
		say("--output '%s' is one of the traces that are compared: name another file",
		    output->path);
		return -EINVAL;
	}
	return 0;
}

int trace_compare_check(struct trace_options *o, int nr, char **operands)
{
	int err = 0;

	if (nr) {
		say("--compare takes two files and no program, but '%s' follows: leave it out",
		    operands[0]);
		return -EINVAL;
	}
	if (o->filter.nr_pids) {
		say("--pid is of a run, and --compare runs nothing: leave it out, or give it when you trace");
		return -EINVAL;
	}
	for (unsigned i = 0; !err && i < o->nr_outputs; i++)
		err = check_output(o, &o->outputs[i]);
	return err ? err : refuse_others(o);
}

/* ---- the comparison ---- */

struct one_format {
	const struct compare_format *format;
	const struct compare_report *report;
};

static int write_format(FILE *out, const void *what)
{
	const struct one_format *one = what;

	return one->format->write(out, one->report);
}

static int write_outputs(const struct trace_options *o, const struct comparison *c)
{
	struct compare_report report = {.comparison = c, .width = trace_table_width()};
	int status = comparison_is_same(c) ? COMPARE_STATUS_SAME : COMPARE_STATUS_DIFFERENT;

	signal(SIGPIPE, SIG_IGN);
	for (unsigned i = 0; i < o->nr_outputs; i++) {
		const struct trace_output *output = &o->outputs[i];
		struct one_format one = {compare_format_named(output->format->name), &report};

		if (trace_output_write(output->path, write_format, &one))
			status = STATUS_FAILED;
	}
	return status;
}

/* What makes the comparison less than it seems. */
static void say_doubts(const struct comparison *c)
{
	for (unsigned side = 0; side < NR_SIDES; side++) {
		const struct saved_trace *t = c->traces[side];

		if (t->lost)
			say("%s has lost %" PRIu64
			    " events, which look like differences: trace again with more --buffer",
			    t->path, t->lost);
		if (!t->nr)
			say("%s has no step of the program to compare: give --all, or another --filter",
			    t->path);
	}
}

static int compare(const struct trace_options *o, struct saved_trace traces[NR_SIDES],
		   struct trace_strings *strings)
{
	struct saved_wanted wanted = {.filter = &o->filter, .all = o->all};
	struct comparison c = {0};
	int status;

	if (saved_pair_read(traces, o->compare, &wanted, strings))
		return STATUS_FAILED;
	if (comparison_make(&c, &traces[SIDE_A], &traces[SIDE_B], strings) == 0) {
		say_doubts(&c);
		status = write_outputs(o, &c);
	} else {
		say("no memory left on this host to compare %s and %s: compare a part with --filter",
		    o->compare[SIDE_A], o->compare[SIDE_B]);
		status = STATUS_FAILED;
	}
	comparison_fini(&c);
	return status;
}

int trace_compare_run(const struct trace_options *o)
{
	struct saved_trace traces[NR_SIDES] = {{0}};
	struct trace_strings strings;
	int status = STATUS_FAILED;

	if (trace_strings_init(&strings) == 0)
		status = compare(o, traces, &strings);
	else
		say("no memory left on this host: end other programs");
	for (unsigned side = 0; side < NR_SIDES; side++)
		saved_trace_fini(&traces[side]);
	trace_strings_fini(&strings);
	return status;
}
