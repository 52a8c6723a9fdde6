/* SPDX-License-Identifier: MIT */
/* Where a format goes: a file, the pager, or standard output. */
#pragma once

#include <stdio.h>

/*
 * Write to the file @path, or where it is NULL or "-" to standard output, on a terminal through the
 * pager. @write is given @what; it returns 0 or a negative errno, and may be called twice. SIGPIPE
 * must be ignored: a reader that wants no more is no error.
 * Returns: 0, or STATUS_FAILED after a message.
 */
int trace_output_write(const char *path, int (*write)(FILE *out, const void *what),
		       const void *what) __attribute__((warn_unused_result));
