/* SPDX-License-Identifier: MIT */
/* The options of `creance trace` beside those of the guest. */
#pragma once

#include <stdint.h>

#include "cmd/options.h"
#include "trace/trace_formats.h"

#define TRACE_OUTPUTS_MAX 16u

struct trace_output {
	const struct trace_format *format;
	const char *path; /* NULL or "-": standard output */
};

struct trace_options {
	struct guest_options guest;
	struct trace_output outputs[TRACE_OUTPUTS_MAX];
	unsigned nr_outputs;
	struct trace_filter filter;
	uint64_t buffer_bytes; /* of the rings; 0: as is usual */
	uint64_t limit_ns;     /* for the guest; UINT64_MAX: none */
	const char *source_base;
	bool all;
	bool deterministic;
};

extern const struct option_group trace_option_group;

/* Returns: 0, or -EINVAL after a message. options_fini(&options->guest) is due either way. */
int trace_options_parse(struct trace_options *options, int argc, char **argv)
	__attribute__((warn_unused_result));
