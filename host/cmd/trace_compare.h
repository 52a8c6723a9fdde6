/* SPDX-License-Identifier: MIT */
/* `creance trace --compare A B`: two saved traces, instead of a run. */
#pragma once

#include "cmd/trace_options.h"

/* Exit statuses as diff(1): the same, different; trouble is STATUS_FAILED. */
enum { COMPARE_STATUS_SAME = 0, COMPARE_STATUS_DIFFERENT = 1 };

/* As command.check, of options with --compare: no other may be given that a run needs. */
int trace_compare_check(struct trace_options *options, int nr, char **operands)
	__attribute__((warn_unused_result));

/* Returns: the exit status. */
int trace_compare_run(const struct trace_options *options);
