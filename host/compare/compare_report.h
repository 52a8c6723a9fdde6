/* SPDX-License-Identifier: MIT */
/* What every format of a comparison gets, and the words that they share. */
#pragma once

#include <stdio.h>

#include "compare/comparison.h"
#include "trace/trace_names.h"

struct compare_report {
	const struct comparison *comparison;
	unsigned width; /* table: of the terminal */
};

/* A cost of a trace: "12.345" microseconds, or "12345" where it counts instructions. */
void compare_cost_text(struct trace_text *text, const struct comparison *comparison, enum side side,
		       uint64_t ns);
/* Of a trace's costs: "µs", "instructions". */
const char *compare_unit(const struct comparison *comparison, enum side side);
/* "+1.234", "-12"; empty: none. */
void compare_difference_text(struct trace_text *text, const struct comparison *comparison,
			     uint64_t a, uint64_t b);
/* "×1.25", B's cost by A's; "new", "gone": one side has no such step; empty: there is no ratio. */
void compare_kind_ratio_text(struct trace_text *text, const struct comparison *comparison,
			     const struct compare_kind *kind);

/* "sh 3": a thread's name and number; "-": the trace has none. */
void compare_thread_text(struct trace_text *text, const struct comparison *comparison,
			 enum side side, uint32_t thread);

/* What is different, in a sentence or two. */
void compare_verdict_text(struct trace_text *text, const struct comparison *comparison);

/* The lines above the tables: what is compared. */
enum compare_fact {
	COMPARE_FILE,
	COMPARE_PROGRAM,
	COMPARE_KERNEL,
	COMPARE_OPTIONS,
	COMPARE_END,
	COMPARE_THREADS,
	COMPARE_STEPS,
	COMPARE_KERNEL_TIME,
	COMPARE_PROGRAM_TIME,
	COMPARE_LOST,
	NR_COMPARE_FACTS
};

/*
 * The name of a fact; its text on a side; and the difference, empty where there is none. A fact
 * that need not be shown has no text.
 */
const char *compare_fact_name(enum compare_fact fact);
void compare_fact_text(struct trace_text *text, const struct comparison *comparison, enum side side,
		       enum compare_fact fact);
void compare_fact_difference(struct trace_text *text, const struct comparison *comparison,
			     enum compare_fact fact);

/* How a row is marked in every format. */
struct compare_mark {
	const char *name; /* in JSON, and as a class of the page */
	char sign;	  /* between the columns; ' ': none */
	const char *words;
};

const struct compare_mark *compare_mark(enum compare_what what);

/* Of rows that differ in the same way, from so many on, the second and all others are one line. */
#define COMPARE_REPEATS_MIN 4u

/*
 * Rows that are written together: one; or equal steps, whatever they are, as one line; or rows that
 * differ in the same way, each with the same steps, as the first and a line for the others.
 */
struct compare_run {
	size_t nr;		    /* rows, at least 1 */
	size_t folded;		    /* the last of them, which are one line; 0: none */
	uint64_t cost_ns[NR_SIDES]; /* of those */
};

/* The run that begins with the row @at of a thread. */
struct compare_run compare_run_at(const struct comparison *comparison,
				  const struct compare_thread *thread, size_t at);

/* Are they equal steps, all in one line? */
static inline bool compare_run_is_equal(const struct compare_run *run)
{
	return run->folded == run->nr;
}

/* What the line says: "… 12 equal steps", "… 12 times more". */
void compare_run_text(struct trace_text *text, const struct compare_run *run);
