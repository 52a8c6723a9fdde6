/* SPDX-License-Identifier: MIT */
/* The files of host/trace/page, which are embedded in the command. */
#pragma once

#include <stdio.h>

/*
 * Write the page with @data, called where the trace's data belong: JSON without any '<'.
 * Returns: what @data returned.
 */
int trace_page_write(FILE *out, int (*data)(FILE *out, void *context), void *context)
	__attribute__((warn_unused_result));
