/* SPDX-License-Identifier: MIT */
/* Two saved traces beside each other: by kind of step, and step by step. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compare/saved_trace.h"

enum side { SIDE_A, SIDE_B, NR_SIDES };

enum compare_what {
	COMPARE_SAME,
	COMPARE_COST,	 /* the same step, whose cost differs considerably */
	COMPARE_CHANGED, /* the same kind of step, with other arguments or results */
	COMPARE_ONLY_A,
	COMPARE_ONLY_B,
	NR_COMPARE_WHATS
};

struct compare_row {
	enum compare_what what;
	uint32_t step[NR_SIDES]; /* its place in the trace; SAVED_NONE: that trace has none */
};

struct compare_thread {
	uint32_t thread[NR_SIDES]; /* SAVED_NONE: only the other trace has it */
	size_t first, nr;	   /* its rows */
};

struct compare_kind {
	uint32_t kind; /* string */
	uint64_t count[NR_SIDES], cost_ns[NR_SIDES];
};

struct comparison {
	const struct saved_trace *traces[NR_SIDES];
	const struct trace_strings *strings;
	struct compare_thread *threads;
	size_t nr_threads;
	struct compare_row *rows;
	size_t nr_rows;
	/* The largest difference of costs first if they are of one unit, then of counts. */
	struct compare_kind *kinds;
	size_t nr_kinds;
	size_t nr_of[NR_COMPARE_WHATS]; /* rows */
	bool bounded;			/* the search was cut: more differs than need be */
};

/*
 * Compare two traces that share @strings; all three stay. Threads match if those that made them do,
 * and they are the n-th of each. Returns: 0 or -ENOMEM. comparison_fini is due in every case.
 */
int comparison_make(struct comparison *comparison, const struct saved_trace *a,
		    const struct saved_trace *b, const struct trace_strings *strings)
	__attribute__((warn_unused_result));
void comparison_fini(struct comparison *comparison);

/* Are the steps the same, whatever they cost? */
bool comparison_is_same(const struct comparison *comparison);

/* May costs of the two be set against each other? Time is not to be compared with instructions. */
static inline bool compare_units_agree(const struct comparison *comparison)
{
	return comparison->traces[SIDE_A]->instructions == comparison->traces[SIDE_B]->instructions;
}

/* Has the kind the same count and cost on both sides? */
bool compare_kind_is_equal(const struct comparison *comparison, const struct compare_kind *kind);

/* The step of a row on a side; NULL: there is none. */
const struct saved_step *comparison_step(const struct comparison *comparison,
					 const struct compare_row *row, enum side side);
