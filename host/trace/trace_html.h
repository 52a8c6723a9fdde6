/* SPDX-License-Identifier: MIT */
#pragma once

#include "trace/trace_report.h"

/*
 * One page that shows the protocol and a timeline, and needs nothing else (docs/trace-page.md).
 * Returns: 0 or -ENOMEM.
 */
int trace_html_write(FILE *out, const struct trace_report *report)
	__attribute__((warn_unused_result));
