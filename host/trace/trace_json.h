/* SPDX-License-Identifier: MIT */
#pragma once

#include "trace/trace_report.h"

/* Of the schema; a reader refuses another one. */
#define TRACE_JSON_VERSION 1

/* One JSON object a line: the run, then each step (docs/trace.md). Returns: 0 or -ENOMEM. */
int trace_json_write(FILE *out, const struct trace_report *report)
	__attribute__((warn_unused_result));
/* @text as a JSON string with its quotes; bytes that are no UTF-8 become U+FFFD. */
void trace_json_string(FILE *out, const char *text);

/* Of an object that was begun: the members "lost" (for each CPU), "torn" and "program". */
void trace_json_run(FILE *out, const struct trace_report *report);
