/* SPDX-License-Identifier: MIT */
#pragma once

#include "trace/trace_report.h"

/*
 * A trace that Perfetto opens: its protobuf messages (perfetto.proto). Of the filter, only the
 * times count: states and nested slices need all events. Returns: 0 or -ENOMEM.
 */
int trace_perfetto_write(FILE *out, const struct trace_report *report)
	__attribute__((warn_unused_result));
