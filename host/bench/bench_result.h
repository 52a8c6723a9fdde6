/* SPDX-License-Identifier: MIT */
/* What was measured: rows by kernels, each of several rounds, and the arithmetic on them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bench/bench_parse.h"
#include "bench/bench_rows.h"

enum bench_kernel { BENCH_OURS, BENCH_LINUX_OFF, BENCH_LINUX_DEFAULT };
#define BENCH_KERNELS 3u

/* What a table or a picture is to show; each has what the one before it has. */
enum bench_show { BENCH_SHOW_OURS, BENCH_SHOW_LINUX, BENCH_SHOW_GOALS };

#define BENCH_LINES_MAX 160u
#define BENCH_ROUNDS_MAX 32u

struct bench_value {
	unsigned nr; /* rounds that gave a figure; 0 and not absent: not measured */
	bool absent;
	char why[BENCH_WHY_MAX];
	uint64_t ops;
	double mins[BENCH_ROUNDS_MAX], medians[BENCH_ROUNDS_MAX]; /* ticks an operation */
};

struct bench_clock {
	bool seen;
	double khz, overhead, resolution; /* of the last round; ticks: the least of all rounds */
};

struct bench_line {
	char key[BENCH_KEY_MAX];
	const struct bench_row *row; /* NULL: the key is not in bench_rows */
	struct bench_value values[BENCH_KERNELS];
	/* Of several workers at the same time; then values are those of one. */
	unsigned workers; /* 0: no such line was seen */
	struct bench_value team[BENCH_KERNELS];
};

struct bench_result {
	bool icount; /* a tick is an instruction */
	unsigned nr;
	struct bench_line lines[BENCH_LINES_MAX];
	struct bench_clock clocks[BENCH_KERNELS];
};

/* A result without figures, with a line for each row of bench_rows. The caller frees it. */
struct bench_result *bench_result_new(bool icount);

/*
 * Take a line of @kernel's console. Returns: 0; -EINVAL if it is not about a row or the clock,
 * -ENOSPC when there are more rows or rounds than we keep.
 */
int bench_result_add(struct bench_result *result, enum bench_kernel kernel,
		     const struct bench_parsed *parsed);

/* The line of @key, or NULL. */
const struct bench_line *bench_result_line(const struct bench_result *result, const char *key);

static inline bool bench_value_is_measured(const struct bench_value *value)
{
	return value->nr > 0 && !value->absent;
}

/* The line's group, and what one operation is, in words. */
static inline const char *bench_line_group(const struct bench_line *line)
{
	return line->row ? line->row->group : "others";
}

static inline const char *bench_line_what(const struct bench_line *line)
{
	return line->row ? line->row->what : "";
}

/* Has any kernel an answer for the line? */
bool bench_line_is_used(const struct bench_line *line);

/* Ticks for one operation over all rounds: the least, and the median of the medians. */
double bench_value_min(const struct bench_value *value);
double bench_value_median(const struct bench_value *value);

/* Operations a second that @ticks for one make, by @kernel's clock. Returns: 0 without a clock. */
double bench_result_rate(const struct bench_result *result, enum bench_kernel kernel, double ticks);

/* How many times as many operations a second the team does as one. Returns: 0 without both. */
double bench_line_scaling(const struct bench_line *line, enum bench_kernel kernel);

/* Ticks as nanoseconds by @kernel's clock (under icount: as instructions, unchanged). */
double bench_result_unit(const struct bench_result *result, enum bench_kernel kernel, double ticks);

/* The line's ratio of ours to Linux's with mitigations off, in its unit. Returns: 0 without one. */
double bench_result_ratio(const struct bench_result *result, const struct bench_line *line);
