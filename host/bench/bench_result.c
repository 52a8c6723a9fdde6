// SPDX-License-Identifier: MIT
/*
 * bench_result.c -- figures as the guests printed them, and what follows from them.
 *
 * Idea.  Nothing is worked out before it is asked for: a value keeps the least and the median of
 *   each machine, in ticks. A row that one worker did and then several has two values for a kernel,
 *   and rates, scaling and ratio come from the least of each.
 * Tests.  bench_result_test.c.
 */
#include "bench/bench_result.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"

struct bench_result *bench_result_new(bool icount)
{
	struct bench_result *r = must_alloc(sizeof(*r));

	r->icount = icount;
	for (const struct bench_row *row = bench_rows; row->key; row++) {
		struct bench_line *line = &r->lines[r->nr++];

		line->row = row;
		snprintf(line->key, sizeof(line->key), "%s", row->key);
	}
	return r;
}

const struct bench_line *bench_result_line(const struct bench_result *r, const char *key)
{
	for (unsigned i = 0; i < r->nr; i++)
		if (strcmp(r->lines[i].key, key) == 0)
			return &r->lines[i];
	return NULL;
}

static struct bench_line *line_for(struct bench_result *r, const char *key)
{
	struct bench_line *line = (struct bench_line *)bench_result_line(r, key);

	if (line || r->nr == BENCH_LINES_MAX)
		return line;
	line = &r->lines[r->nr++];
	snprintf(line->key, sizeof(line->key), "%s", key);
	return line;
}

static void add_clock(struct bench_clock *clock, const struct bench_parsed *p)
{
	if (!clock->seen || p->overhead < clock->overhead)
		clock->overhead = p->overhead;
	if (!clock->seen || p->resolution < clock->resolution)
		clock->resolution = p->resolution;
	clock->khz = p->khz;
	clock->seen = true;
}

/* Which value of the line @p is about. */
static struct bench_value *value_for(struct bench_line *line, enum bench_kernel kernel,
				     const struct bench_parsed *p)
{
	if (p->kind != BENCH_LINE_TEAM || p->workers == 1)
		return &line->values[kernel];
	line->workers = p->workers;
	return &line->team[kernel];
}

int bench_result_add(struct bench_result *r, enum bench_kernel kernel, const struct bench_parsed *p)
{
	struct bench_value *value;
	struct bench_line *line;

	if (p->kind == BENCH_LINE_CLOCK) {
		add_clock(&r->clocks[kernel], p);
		return 0;
	}
	if (p->kind != BENCH_LINE_ROW && p->kind != BENCH_LINE_TEAM && p->kind != BENCH_LINE_ABSENT)
		return -EINVAL;
	line = line_for(r, p->key);
	if (!line)
		return -ENOSPC;
	value = value_for(line, kernel, p);
	if (p->kind == BENCH_LINE_ABSENT) {
		value->absent = true;
		snprintf(value->why, sizeof(value->why), "%s", p->why);
		return 0;
	}
	if (value->nr == BENCH_ROUNDS_MAX)
		return -ENOSPC;
	value->ops = p->ops;
	value->mins[value->nr] = p->min;
	value->medians[value->nr++] = p->median;
	return 0;
}

bool bench_line_is_used(const struct bench_line *line)
{
	for (unsigned k = 0; k < BENCH_KERNELS; k++)
		if (line->values[k].nr > 0 || line->values[k].absent)
			return true;
	return false;
}

double bench_value_min(const struct bench_value *value)
{
	double least = value->nr ? value->mins[0] : 0;

	for (unsigned i = 1; i < value->nr; i++)
		if (value->mins[i] < least)
			least = value->mins[i];
	return least;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_value_median(const struct bench_value *value)
{
	double sorted[BENCH_ROUNDS_MAX];
	unsigned nr = value->nr;

	if (nr == 0)
		return 0;
	memcpy(sorted, value->medians, nr * sizeof(*sorted));
	qsort(sorted, nr, sizeof(*sorted), by_size);
	return nr % 2 ? sorted[nr / 2] : (sorted[nr / 2 - 1] + sorted[nr / 2]) / 2;
}

double bench_result_unit(const struct bench_result *r, enum bench_kernel kernel, double ticks)
{
	const struct bench_clock *clock = &r->clocks[kernel];

	if (r->icount || !clock->seen)
		return ticks;
	return ticks * 1e6 / clock->khz;
}

double bench_result_rate(const struct bench_result *r, enum bench_kernel kernel, double ticks)
{
	const struct bench_clock *clock = &r->clocks[kernel];

	return clock->seen && ticks > 0 ? clock->khz * 1e3 / ticks : 0;
}

double bench_line_scaling(const struct bench_line *line, enum bench_kernel kernel)
{
	double one = bench_value_min(&line->values[kernel]);
	double team = bench_value_min(&line->team[kernel]);

	return team > 0 && !line->values[kernel].absent ? one / team : 0;
}

double bench_result_ratio(const struct bench_result *r, const struct bench_line *line)
{
	const struct bench_value *ours = &line->values[BENCH_OURS];
	const struct bench_value *theirs = &line->values[BENCH_LINUX_OFF];
	double linux_units;

	if (!bench_value_is_measured(ours) || !bench_value_is_measured(theirs))
		return 0;
	linux_units = bench_result_unit(r, BENCH_LINUX_OFF, bench_value_min(theirs));
	if (linux_units <= 0)
		return 0;
	return bench_result_unit(r, BENCH_OURS, bench_value_min(ours)) / linux_units;
}
