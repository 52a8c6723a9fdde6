/* SPDX-License-Identifier: MIT */
/* The rows that the benchmark has: each one's key, what it is in words, and where it stands. */
#pragma once

struct bench_row {
	const char *key;   /* the guest program's name of it */
	const char *group; /* rows of one group stand together */
	const char *what;  /* one operation, in words */
};

/* In the order of the table; a row without a key ends it. */
extern const struct bench_row bench_rows[];

/* The row of @key. Returns: NULL when there is none. */
const struct bench_row *bench_row_find(const char *key);
