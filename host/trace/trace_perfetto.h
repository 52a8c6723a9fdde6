/* SPDX-License-Identifier: MIT */
#pragma once

#include "trace/trace_report.h"

/*
 * A trace that Perfetto opens: its protobuf messages (perfetto.proto). Of the filter, times and
 * processes count; states and nested slices need events of all kinds. Returns: 0 or -ENOMEM.
 */
int trace_perfetto_write(FILE *out, const struct trace_report *report)
	__attribute__((warn_unused_result));
