/* SPDX-License-Identifier: MIT */
#pragma once

#include "compare/compare_report.h"

/* What the page has at most: of lines of steps, of kinds. */
enum { COMPARE_HTML_LINES_MAX = 20000, COMPARE_HTML_KINDS_MAX = 2000 };

/* The comparison as one page that needs no other file. Returns: 0. */
int compare_html_write(FILE *out, const struct compare_report *report)
	__attribute__((warn_unused_result));
