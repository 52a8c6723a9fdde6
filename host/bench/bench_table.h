/* SPDX-License-Identifier: MIT */
/* The result as a table for people, on a stream. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "bench/bench_result.h"

/* Widths of the columns: the row's key, its operation in words, a figure. */
enum { BENCH_KEY_WIDTH = 23, BENCH_WHAT_WIDTH = 38, BENCH_NUMBER_WIDTH = 11 };

/*
 * Print the clock, the rows by groups, with the columns of Linux if they are shown, and with goals
 * how many rows reach them.
 */
void bench_table_print(FILE *out, const struct bench_result *result, enum bench_show show);

/* Format @value for the table: three digits or more, thousands apart. Returns: @text. */
#define BENCH_NUMBER_MAX 40
const char *bench_number(char text[BENCH_NUMBER_MAX], double value);

/* The kernels' names in the table and in messages. */
const char *bench_kernel_name(enum bench_kernel kernel);
/* The same, short enough for the heading of a column. */
const char *bench_kernel_heading(enum bench_kernel kernel);
