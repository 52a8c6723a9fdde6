/* SPDX-License-Identifier: MIT */
/* What each thread is in: user mode, or a trap, and in it the handler or the return. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "trace/trace_states.h"

enum trace_slice {
	TRACE_SLICE_USER,    /* the program runs */
	TRACE_SLICE_TRAP,    /* from a trap to its return; in it: */
	TRACE_SLICE_HANDLER, /* the kernel handles the trap */
	TRACE_SLICE_RETURN,  /* the way back; other threads may run first */
	NR_TRACE_SLICES
};

#define TRACE_SLICE_DEPTH 8u /* traps in traps; deeper ones are left out */
#define TRACE_SLICE_OPS (3u * TRACE_SLICE_DEPTH + 4u)

struct trace_slice_op {
	bool begin; /* or end: of the innermost that is open */
	enum trace_slice slice;
	size_t step; /* with which it began */
};

struct trace_nest {
	bool user;	/* a user slice is open; then nothing else is */
	unsigned depth; /* traps that are open */
	struct {
		size_t step;	 /* that began it */
		unsigned detail; /* the number of the call, the trap */
		unsigned event;
		bool returns; /* its handler is done */
	} open[TRACE_SLICE_DEPTH];
};

/*
 * Take a step of the nest's thread, and report what begins and ends.
 * Returns: the number of ops. *opened is the step whose slice this one ends, or TRACE_NO_STEP.
 */
unsigned trace_nest_take(struct trace_nest *nest, const struct trace_step *step,
			 struct trace_slice_op ops[TRACE_SLICE_OPS], size_t *opened);

/* End all that is open: the thread ends, or the trace. Returns: the number of ops. */
unsigned trace_nest_end(struct trace_nest *nest, struct trace_slice_op ops[TRACE_SLICE_OPS]);
