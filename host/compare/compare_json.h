/* SPDX-License-Identifier: MIT */
#pragma once

#include "compare/compare_report.h"

/* One JSON object a line: what is compared, then kinds, then steps (docs/trace.md). Returns: 0. */
int compare_json_write(FILE *out, const struct compare_report *report)
	__attribute__((warn_unused_result));
