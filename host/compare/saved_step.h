/* SPDX-License-Identifier: MIT */
/* The lines of a saved trace become the steps of its threads. */
#pragma once

#include <jansson.h>

#include "compare/saved_trace.h"

struct saved_builder;

/* NULL: no memory. */
struct saved_builder *saved_builder_new(struct saved_trace *trace,
					const struct saved_wanted *wanted,
					struct trace_strings *strings);
void saved_builder_free(struct saved_builder *builder);

/*
 * Take the step that line @line contains. Returns: 0, -ENOMEM, or -EINVAL with the name of the
 * member that is missing or has another type than docs/trace.md says in *wrong.
 */
int saved_builder_take(struct saved_builder *builder, const json_t *step, uint32_t line,
		       const char **wrong) __attribute__((warn_unused_result));

/* What has not ended by the end of the trace gets its text. Returns: 0 or -ENOMEM. */
int saved_builder_end(struct saved_builder *builder) __attribute__((warn_unused_result));
