/* SPDX-License-Identifier: MIT */
/* The processes that a trace is about: the program's, and its descendants. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "trace/trace_model.h"

#define TRACE_PID_LIMIT (1u << 22)

struct trace_family {
	uint32_t head; /* the program's process; 0: none was seen */
	/* the log's index where it executes the program; before, it is init's copy */
	size_t begins;
	uint8_t *member; /* a bit for each pid below TRACE_PID_LIMIT */
};

/*
 * Find it in a log: the first process that init (pid 1) makes, or @pids if any are given, and
 * their descendants. In a log without an event of a process: the first thread other than init that
 * makes a call.
 * Returns: 0 or -ENOMEM.
 */
int trace_family_find(struct trace_family *family, const struct trace_log *log,
		      const uint32_t *pids, unsigned nr_pids) __attribute__((warn_unused_result));
void trace_family_fini(struct trace_family *family);

/*
 * Is it a step that init's copy takes before it executes the program? Its creation and its turns on
 * a CPU are not.
 */
bool trace_family_prepares(const struct trace_family *family, const struct trace_step *step);

bool trace_family_has(const struct trace_family *family, uint32_t pid);
/* Is the step taken by a member, or done to one? */
bool trace_family_concerns(const struct trace_family *family, const struct trace_model *model,
			   const struct trace_step *step);
