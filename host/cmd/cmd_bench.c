// SPDX-License-Identifier: MIT
/*
 * cmd_bench.c -- creance bench.
 *
 * Idea.  Everything is made from one result: the files bench.json and bench.svg always; then the
 *   table or JSON on standard output, or budgets that are judged or recorded. A measurement takes
 *   minutes, so whether the files can be written and the budgets be read is tried before it.
 * Invariants.
 *   C1  The files are written before budgets are judged: figures over a budget can be looked at.
 * Tests.  tests/system/bench.t, budgets.t.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_boot.h"
#include "bench/bench_budget.h"
#include "bench/bench_explain.h"
#include "bench/bench_history.h"
#include "bench/bench_json.h"
#include "bench/bench_measure.h"
#include "cmd/bench_arguments.h"
#include "bench/bench_plot.h"
#include "bench/bench_result.h"
#include "bench/bench_table.h"
#include "cmd/commands.h"
#include "base/paths.h"
#include "base/say.h"
#include "base/signals.h"
#include "base/writable.h"

enum { STATUS_OVER_BUDGET = 1 };

struct bench {
	const struct bench_options *options;
	struct bench_result *result;
	struct bench_boot boot;
	struct bench_budgets budgets; /* of the file that --budgets or --record names */
};

static enum bench_show what_to_show(const struct bench_options *o)
{
	return o->goals ? BENCH_SHOW_GOALS : o->against_linux ? BENCH_SHOW_LINUX : BENCH_SHOW_OURS;
}

/* Where bench.json and bench.svg go: as asked for, else the build's folder, else this one. */
static char *output_path(const struct bench *b, const char *name)
{
	if (b->options->output)
		return must_format("%s/%s", b->options->output, name);
	return paths_is_build() ? paths_beside(name) : must_format("%s", name);
}

/* Write @text, or the plot if it is NULL, to that file. Returns: an exit status. */
static int write_output(const struct bench *b, const char *name, const char *text)
{
	char *path = output_path(b, name);
	FILE *out = fopen(path, "we");
	bool whole = out != NULL;

	if (out && text)
		fputs(text, out);
	else if (out)
		bench_plot_write(out, b->result, what_to_show(b->options));
	if (out) {
		whole = ferror(out) == 0;
		whole &= fclose(out) == 0;
	}
	if (!whole)
		say("%s cannot be written (%s): name another place with --output FOLDER", path,
		    strerror(errno));
	free(path);
	return whole ? 0 : STATUS_FAILED;
}

static int try_output(const char *path, const char *option)
{
	int err = writable_try(path);

	if (!err)
		return 0;
	say("%s cannot be written (%s): name another place with %s", path, strerror(-err), option);
	return STATUS_FAILED;
}

/* Before the measurement, which takes long: can its results be written, the budgets be read? */
static int try_files(struct bench *b)
{
	static const char *const names[] = {"bench.json", "bench.svg"};
	const struct bench_options *o = b->options;
	const char *budgets = o->budgets ? o->budgets : o->record;
	int status = 0;

	for (unsigned i = 0; !status && i < 2; i++) {
		char *path = output_path(b, names[i]);

		status = try_output(path, "--output FOLDER");
		if (!status && budgets && writable_overwrites(path, budgets)) {
			say("the budgets %s are where %s goes: name another place with --output FOLDER",
			    budgets, names[i]);
			status = STATUS_FAILED;
		}
		free(path);
	}
	if (!status && o->record)
		status = try_output(o->record, "--record FILE");
	if (!status && budgets && bench_budgets_read(&b->budgets, budgets, o->record != NULL))
		status = STATUS_FAILED;
	return status;
}

static int record_budgets(struct bench *b)
{
	unsigned changed = bench_budgets_record(&b->budgets, b->result, b->options->raise, stdout);

	printf("%u budgets changed\n", changed);
	if (changed && bench_budgets_write(&b->budgets, b->options->record))
		return STATUS_FAILED;
	return 0;
}

static int check_budgets(const struct bench *b)
{
	unsigned over = bench_budgets_check(&b->budgets, b->result, !b->options->keys, stdout);

	return over ? STATUS_OVER_BUDGET : 0;
}

static int report(struct bench *b)
{
	const struct bench_options *o = b->options;
	char *json = bench_json_text(o, b->result, &b->boot);
	int status = write_output(b, "bench.json", json);

	if (!status)
		status = write_output(b, "bench.svg", NULL);
	if (o->json) {
		fputs(json, stdout);
	} else if (!o->budgets && !o->record) {
		bench_table_print(stdout, b->result, what_to_show(o));
		if (!o->keys && o->guest.cpus == 1)
			bench_boot_print(stdout, &b->boot);
		if (o->guest.cpus == 1)
			bench_history_print(stdout, b->result);
	}
	free(json);
	if (!status && o->budgets)
		status = check_budgets(b);
	if (!status && o->record)
		status = record_budgets(b);
	return status;
}

static int run(void *options)
{
	struct bench b = {.options = options};
	int status;

	signals_install(false);
	if (b.options->explain)
		return bench_explain(options, stdout);
	if (b.options->latency)
		return bench_latency(options, stdout);
	status = try_files(&b);
	if (status)
		return status;
	b.result = bench_result_new(b.options->guest.icount);
	status = bench_measure(options, b.result, &b.boot);
	if (!status)
		status = report(&b);
	free(b.result);
	bench_budgets_free(&b.budgets);
	return status;
}

const struct command command_bench = {
	.name = "bench",
	.summary = "what operations cost, on Creance and on Linux",
	.usage = "creance bench [OPTION…] [ROW…]",
	.text = "Measures what system calls, faults, "
		"switches, pipes, processes and files cost on the release kernel,\n"
		"each kernel in a new emulated machine, and prints a table. ROWs select rows by the first column.\n"
		"With --cpus 2 it measures how the same operations by two processes or threads at the same time\n"
		"hinder each other. bench.json and bench.svg are written to the build's folder, or to this one.\n"
		"See bench/README.md.\n",
	.groups = {&bench_option_group},
	.order = OPTIONS_ANYWHERE,
	.nth_operand = bench_row_key,
	.options_size = sizeof(struct bench_options),
	.init = bench_options_init,
	.check = bench_options_check,
	.run = run,
	.fini = bench_options_fini,
};
