/* SPDX-License-Identifier: MIT */
/*
 * bench/phases: which functions of the kernel belong to which phase of an operation. A line is
 *     ROW PHASE PATTERN...
 * with shell patterns; ROW * means all. A pattern may end in :first (what a function executes
 * before it calls or leaves for another) or :rest (what it executes afterwards). The first line
 * that fits decides; phases are printed in the order of the file.
 */
#pragma once

#include <stdbool.h>

#define BENCH_PHASES_MAX 24u

struct bench_phase_rule {
	char *row, *phase, *pattern;
	enum bench_part { BENCH_WHOLE, BENCH_FIRST, BENCH_REST } part;
};

struct bench_phases {
	unsigned nr;
	struct bench_phase_rule *rules;
};

/* Returns: 0, or -EINVAL after a message that names the wrong line of @name. */
int bench_phases_parse(struct bench_phases *phases, const char *text, const char *name)
	__attribute__((warn_unused_result));
int bench_phases_read(struct bench_phases *phases, const char *path)
	__attribute__((warn_unused_result));
void bench_phases_free(struct bench_phases *phases);

/* The phase of @function's first part, or of its rest, in @row. Returns: NULL: no rule fits. */
const char *bench_phases_of(const struct bench_phases *phases, const char *row,
			    const char *function, bool first);

/* Does a rule distinguish the two parts of @function in @row? */
bool bench_phases_split(const struct bench_phases *phases, const char *row, const char *function);
