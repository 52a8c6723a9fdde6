// SPDX-License-Identifier: MIT
#include "bench/bench_scaling.h"

#include <string.h>

#include "bench/bench_table.h"

/* A column of ratios is narrower than one of figures. */
enum { RATIO_WIDTH = 7, COLUMNS_WIDTH = 2 * BENCH_NUMBER_WIDTH + RATIO_WIDTH };

static void print_heading(FILE *out, unsigned workers, unsigned kernels)
{
	char team[24], ratio[24];

	snprintf(team, sizeof(team), "by %u", workers);
	snprintf(ratio, sizeof(ratio), "%u:1", workers);
	fprintf(out,
		"\nOperations a second by one, and by %u at the same time, each on its CPU\n\n",
		workers);
	fprintf(out, "%*s", BENCH_KEY_WIDTH + 1 + BENCH_WHAT_WIDTH, "");
	for (unsigned k = 0; k < kernels; k++)
		fprintf(out, "%*s", COLUMNS_WIDTH, bench_kernel_heading((enum bench_kernel)k));
	fprintf(out, "\n%-*s %-*s", BENCH_KEY_WIDTH, "row", BENCH_WHAT_WIDTH, "one operation");
	for (unsigned k = 0; k < kernels; k++)
		fprintf(out, "%*s%*s%*s", BENCH_NUMBER_WIDTH, "by 1", BENCH_NUMBER_WIDTH, team,
			RATIO_WIDTH, ratio);
	fputc('\n', out);
}

static void print_rate(FILE *out, const struct bench_result *r, enum bench_kernel kernel,
		       const struct bench_value *value)
{
	char text[BENCH_NUMBER_MAX];
	double rate = bench_result_rate(r, kernel, bench_value_min(value));

	fprintf(out, "%*s", BENCH_NUMBER_WIDTH,
		value->absent	? "absent"
		: value->nr > 0 ? bench_number(text, rate)
				: "-");
}

static void print_line(FILE *out, const struct bench_result *r, const struct bench_line *line,
		       unsigned kernels)
{
	fprintf(out, "%-*s %-*s", BENCH_KEY_WIDTH, line->key, BENCH_WHAT_WIDTH,
		bench_line_what(line));
	for (unsigned k = 0; k < kernels; k++) {
		double scaling = bench_line_scaling(line, (enum bench_kernel)k);

		print_rate(out, r, (enum bench_kernel)k, &line->values[k]);
		print_rate(out, r, (enum bench_kernel)k, &line->team[k]);
		if (scaling > 0)
			fprintf(out, "%*.2f", RATIO_WIDTH, scaling);
		else
			fprintf(out, "%*s", RATIO_WIDTH, "");
	}
	fputc('\n', out);
}

void bench_scaling_print(FILE *out, const struct bench_result *r, bool linux_too)
{
	unsigned kernels = linux_too ? BENCH_KERNELS : 1;
	const char *group = "";
	bool headed = false;

	for (unsigned i = 0; i < r->nr; i++) {
		const struct bench_line *line = &r->lines[i];

		if (!line->workers)
			continue;
		if (!headed)
			print_heading(out, line->workers, kernels);
		headed = true;
		if (strcmp(bench_line_group(line), group) != 0) {
			group = bench_line_group(line);
			fprintf(out, "\n%s\n", group);
		}
		print_line(out, r, line, kernels);
	}
}
