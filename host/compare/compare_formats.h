/* SPDX-License-Identifier: MIT */
/* The formats that a comparison can be written in. */
#pragma once

#include "compare/compare_report.h"

struct compare_format {
	const char *name; /* as that of a trace (trace_formats.h) */
	/* Returns: 0 or a negative errno. */
	int (*write)(FILE *out, const struct compare_report *report);
};

/* By the name of a trace's format; NULL: a comparison cannot be written so. */
const struct compare_format *compare_format_named(const char *name);
