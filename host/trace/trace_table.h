/* SPDX-License-Identifier: MIT */
#pragma once

#include "trace/trace_report.h"

/*
 * The protocol as the figures of the textbooks have it: operating system, hardware and program in
 * three columns, one step after another, with times. Returns: 0 or -ENOMEM.
 */
int trace_table_write(FILE *out, const struct trace_report *report)
	__attribute__((warn_unused_result));

enum { TRACE_TABLE_WIDTH_MIN = 60, TRACE_TABLE_WIDTH_MAX = 400 };

/* A width that suits standard output: COLUMNS, or that of the terminal, between these two. */
unsigned trace_table_width(void);
