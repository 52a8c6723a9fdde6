/* SPDX-License-Identifier: MIT */
#pragma once

#include "compare/compare_report.h"

/*
 * The comparison for a terminal, no line wider than the report's width: what is compared, the kinds
 * of steps, and the steps in two columns. Returns: 0.
 */
int compare_table_write(FILE *out, const struct compare_report *report)
	__attribute__((warn_unused_result));
