/* SPDX-License-Identifier: MIT */
#pragma once

#include "trace/trace_report.h"

/*
 * Write how often each call returned to the program's processes, how often with an error, and how
 * long it ran on a CPU, as `strace -c` does: the longest first. With report->all, or processes in
 * the filter: of all, or of those.
 * Returns: 0 or -ENOMEM.
 */
int call_summary_write(FILE *out, const struct trace_report *report)
	__attribute__((warn_unused_result));
