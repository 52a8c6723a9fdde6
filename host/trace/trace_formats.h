/* SPDX-License-Identifier: MIT */
/* The formats that a trace can be written in. */
#pragma once

#include <stddef.h>

#include "trace/trace_report.h"

struct trace_format {
	const char *name;
	const char *extension; /* of files that are this, ".json" */
	int (*write)(FILE *out, const struct trace_report *report); /* 0 or -ENOMEM */
};

/* The name of the @i-th; NULL: there are no more. */
const char *trace_format_name(unsigned i);
/* By name; NULL: there is none. */
const struct trace_format *trace_format_named(const char *name);
/* By the end of a file's name; NULL: that of none. */
const struct trace_format *trace_format_of_file(const char *path);
/* "table, json": for messages. */
const char *trace_format_names(void);
