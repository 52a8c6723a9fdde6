// SPDX-License-Identifier: MIT
/*
 * bench_table.c -- a measurement as a table.
 *
 * Idea.  Two questions decide which columns there are: were instructions counted, and is Linux
 *   shown. columns_of answers them for the heading and for the rows, so that they fit together.
 * Tests.  bench_result_test.c, tests/system/bench.t.
 */
#include "bench/bench_table.h"

#include <math.h>
#include <string.h>

#include "bench/bench_scaling.h"

const char *bench_kernel_name(enum bench_kernel kernel)
{
	static const char *const names[] = {
		[BENCH_OURS] = "Creance",
		[BENCH_LINUX_OFF] = "Linux, mitigations=off",
		[BENCH_LINUX_DEFAULT] = "Linux",
	};

	return names[kernel];
}

const char *bench_kernel_heading(enum bench_kernel kernel)
{
	return kernel == BENCH_LINUX_OFF ? "Linux, mit. off" : bench_kernel_name(kernel);
}

static void group_thousands(char *text)
{
	size_t len = strlen(text);

	for (size_t at = len; at > 3; at -= 3) {
		size_t comma = at - 3;

		if (comma == 0)
			break;
		memmove(text + comma + 1, text + comma, strlen(text + comma) + 1);
		text[comma] = ',';
	}
}

const char *bench_number(char text[BENCH_NUMBER_MAX], double value)
{
	if (value < 999.95 && fabs(value - round(value)) >= 0.05) {
		snprintf(text, BENCH_NUMBER_MAX, "%.1f", value);
		return text;
	}
	snprintf(text, BENCH_NUMBER_MAX / 2, "%.0f", round(value));
	group_thousands(text);
	return text;
}

static void print_number(FILE *out, double value)
{
	char text[BENCH_NUMBER_MAX];

	fprintf(out, "%*s", BENCH_NUMBER_WIDTH, bench_number(text, value));
}

static void print_word(FILE *out, const char *word)
{
	fprintf(out, "%*s", BENCH_NUMBER_WIDTH, word);
}

/* The columns of one kernel: least, median and, with @cycles, the least in ticks. */
static void print_value(FILE *out, const struct bench_result *r, const struct bench_line *line,
			enum bench_kernel k, unsigned columns)
{
	const struct bench_value *value = &line->values[k];

	if (!bench_value_is_measured(value)) {
		print_word(out, value->absent ? "absent" : "-");
		for (unsigned i = 1; i < columns; i++)
			print_word(out, value->absent && i == 1 ? value->why : "");
		return;
	}
	print_number(out, bench_result_unit(r, k, bench_value_min(value)));
	if (columns > 1)
		print_number(out, bench_result_unit(r, k, bench_value_median(value)));
	if (columns > 2)
		print_number(out, bench_value_min(value));
}

static unsigned columns_of(const struct bench_result *r, enum bench_kernel k)
{
	if (k == BENCH_LINUX_DEFAULT)
		return 1;
	return r->icount ? 2 : 3;
}

static void print_heading(FILE *out, const struct bench_result *r, bool linux_too)
{
	const char *unit = r->icount ? "instr." : "ns";

	fprintf(out, "%*s", BENCH_KEY_WIDTH + 1 + BENCH_WHAT_WIDTH, "");
	for (unsigned k = 0; k < (linux_too ? BENCH_KERNELS : 1); k++)
		fprintf(out, "%*s", (int)(BENCH_NUMBER_WIDTH * columns_of(r, (enum bench_kernel)k)),
			bench_kernel_heading((enum bench_kernel)k));
	fprintf(out, "%s\n", linux_too ? "  ratio to" : "");
	fprintf(out, "%-*s %-*s", BENCH_KEY_WIDTH, "row", BENCH_WHAT_WIDTH, "one operation");
	for (unsigned k = 0; k < (linux_too ? BENCH_KERNELS : 1); k++) {
		unsigned columns = columns_of(r, (enum bench_kernel)k);

		print_word(out, unit);
		if (columns > 1)
			print_word(out, "median");
		if (columns > 2)
			print_word(out, "cycles");
	}
	fprintf(out, "%s\n", linux_too ? "  mit. off" : "");
}

static void print_clocks(FILE *out, const struct bench_result *r, bool linux_too)
{
	for (unsigned k = 0; k < (linux_too ? BENCH_KERNELS : 1); k++) {
		const struct bench_clock *clock = &r->clocks[k];
		char cost[BENCH_NUMBER_MAX], step[BENCH_NUMBER_MAX];

		if (!clock->seen)
			continue;
		bench_number(cost, bench_result_unit(r, (enum bench_kernel)k, clock->overhead));
		bench_number(step, bench_result_unit(r, (enum bench_kernel)k, clock->resolution));
		fprintf(out,
			"%-24s reading the timer costs %s %s (taken off below), its step is %s",
			bench_kernel_name((enum bench_kernel)k), cost,
			r->icount ? "instructions" : "ns", step);
		if (!r->icount)
			fprintf(out, ", at %.0f MHz", clock->khz / 1e3);
		fputc('\n', out);
	}
}

static void print_rows(FILE *out, const struct bench_result *r, bool linux_too)
{
	const char *group = "";

	for (unsigned i = 0; i < r->nr; i++) {
		const struct bench_line *line = &r->lines[i];
		double ratio = bench_result_ratio(r, line);

		if (!bench_line_is_used(line) || line->workers)
			continue;
		if (strcmp(bench_line_group(line), group) != 0) {
			group = bench_line_group(line);
			fprintf(out, "\n%s\n", group);
		}
		fprintf(out, "%-*s %-*s", BENCH_KEY_WIDTH, line->key, BENCH_WHAT_WIDTH,
			bench_line_what(line));
		for (unsigned k = 0; k < (linux_too ? BENCH_KERNELS : 1); k++)
			print_value(out, r, line, (enum bench_kernel)k,
				    columns_of(r, (enum bench_kernel)k));
		if (ratio > 0)
			fprintf(out, "%10.3f", ratio);
		fputc('\n', out);
	}
}

static bool has_rows(const struct bench_result *r)
{
	for (unsigned i = 0; i < r->nr; i++)
		if (bench_line_is_used(&r->lines[i]) && !r->lines[i].workers)
			return true;
	return false;
}

static bool misses_goal(const struct bench_result *r, const struct bench_line *line)
{
	return bench_result_ratio(r, line) > bench_row_goal(line->row, r->icount);
}

static void print_goal(FILE *out, const struct bench_result *r)
{
	unsigned compared = 0, missed = 0;

	for (unsigned i = 0; i < r->nr; i++) {
		compared += bench_result_ratio(r, &r->lines[i]) > 0;
		missed += misses_goal(r, &r->lines[i]);
	}
	if (compared == 0)
		return;
	fprintf(out, "\nThe goal is %s of Linux with mitigations off; %u of %u rows reach it",
		r->icount ? "a quarter, and a fifth for calls, switches, mmap, fork and exec,"
			  : "half",
		compared - missed, compared);
	if (missed)
		fprintf(out, ". Not yet:");
	for (unsigned i = 0; i < r->nr; i++)
		if (misses_goal(r, &r->lines[i]))
			fprintf(out, " %s", r->lines[i].key);
	fputc('\n', out);
}

void bench_table_print(FILE *out, const struct bench_result *r, enum bench_show show)
{
	bool linux_too = show >= BENCH_SHOW_LINUX;

	print_clocks(out, r, linux_too);
	if (has_rows(r)) {
		fputc('\n', out);
		print_heading(out, r, linux_too);
		print_rows(out, r, linux_too);
	}
	bench_scaling_print(out, r, linux_too);
	if (show == BENCH_SHOW_GOALS)
		print_goal(out, r);
}
