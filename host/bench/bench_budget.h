/* SPDX-License-Identifier: MIT */
/*
 * bench/budgets: how many instructions an operation may take. A line is `KEY INSTRUCTIONS`;
 * comments (#) and empty lines are kept when it is rewritten.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "bench/bench_result.h"

#define BENCH_BUDGET_TOLERANCE 0.03

struct bench_budget_line {
	char *text;		 /* the line of the file, without its end */
	char key[BENCH_KEY_MAX]; /* empty: a comment */
	double budget;
};

struct bench_budgets {
	unsigned nr;
	struct bench_budget_line *lines;
};

/*
 * Read @text, called @name in messages. Returns: 0, or -EINVAL after a message that names
 * the wrong line.
 */
int bench_budgets_parse(struct bench_budgets *budgets, const char *text, const char *name)
	__attribute__((warn_unused_result));
/*
 * Read the file; one that is not there has no lines if @may_be_absent. Returns: as above, or
 * -errno.
 */
int bench_budgets_read(struct bench_budgets *budgets, const char *path, bool may_be_absent)
	__attribute__((warn_unused_result));
void bench_budgets_free(struct bench_budgets *budgets);

enum bench_verdict { BENCH_WITHIN, BENCH_OVER, BENCH_BETTER };

/* Is @measured more than the tolerance away from @budget, and to which side? */
enum bench_verdict bench_budget_judge(double budget, double measured);

/*
 * Compare our figures with their budgets and print what is over, better, or has no budget.
 * Returns: how many rows are over, or have a budget and no figure. @all: all rows were measured.
 */
unsigned bench_budgets_check(const struct bench_budgets *budgets, const struct bench_result *result,
			     bool all, FILE *out);

/*
 * Make the measured figures the budgets: those of rows that have none, those that were beaten, and
 * with @raise also those that were exceeded. Prints what changes. Returns: how many changed.
 */
unsigned bench_budgets_record(struct bench_budgets *budgets, const struct bench_result *result,
			      bool raise, FILE *out);

/* Replace the file, whole or not at all. Returns: 0, or -errno after a message. */
int bench_budgets_write(const struct bench_budgets *budgets, const char *path)
	__attribute__((warn_unused_result));
