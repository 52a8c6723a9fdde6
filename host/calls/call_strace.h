/* SPDX-License-Identifier: MIT */
#pragma once

#include "trace/trace_report.h"

/*
 * Write the calls and signals of the program's processes, a line each, as `strace -f` does. With
 * report->all, or processes in the filter: of all, or of those.
 * Returns: 0 or -ENOMEM.
 */
int call_strace_write(FILE *out, const struct trace_report *report)
	__attribute__((warn_unused_result));
