/* SPDX-License-Identifier: MIT */
/* The rows of the benchmark: key, description and place of each. */
#pragma once

#include <stdbool.h>

struct bench_row {
	const char *key;   /* the guest program's name of it */
	const char *group; /* rows of one group are adjacent */
	const char *what;  /* one operation, in words */
	bool leads;	   /* a row that we want to be further ahead in */
};

/* In the order of the table; a row without a key ends it. */
extern const struct bench_row bench_rows[];

/*
 * What the row may cost at most, as a share of Linux's cost with mitigations off: the project's
 * goal. @row may be NULL. Instructions: a quarter, or a fifth where it leads; time: a half.
 */
double bench_row_goal(const struct bench_row *row, bool icount);

/* A row that only a machine with several CPUs has. */
bool bench_row_needs_cpus(const struct bench_row *row);

/* The row of @key. Returns: NULL when there is none. */
const struct bench_row *bench_row_find(const char *key);

/* The key of the @i-th row; NULL: there are no more. */
const char *bench_row_key(unsigned i);
