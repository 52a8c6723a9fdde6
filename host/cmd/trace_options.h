/* SPDX-License-Identifier: MIT */
/* The options of `creance trace` beside those of the guest. */
#pragma once

#include <stdint.h>

#include "cmd/options.h"
#include "compare/comparison.h"
#include "trace/trace_formats.h"

#define TRACE_OUTPUTS_MAX 16u

struct trace_output {
	const struct trace_format *format;
	const char *path; /* NULL or "-": standard output */
};

struct trace_options {
	struct guest_options guest; /* the first, so that the rows of the guest fit */
	struct trace_output outputs[TRACE_OUTPUTS_MAX];
	unsigned nr_outputs;
	struct trace_filter filter;
	uint64_t buffer_bytes; /* of the rings; 0: as is usual */
	uint64_t limit_ns;     /* for the guest; UINT64_MAX: none */
	const char *source_base;
	const char *compare[NR_SIDES]; /* saved traces; NULL: a program is run */
	bool all;
	bool deterministic;
};

extern const struct option_group trace_option_group;

/* As command.init and command.check, for struct trace_options. */
void trace_options_init(void *options);
int trace_options_check(void *options, int nr, char **operands) __attribute__((warn_unused_result));
