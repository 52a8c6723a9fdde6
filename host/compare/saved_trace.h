/* SPDX-License-Identifier: MIT */
/*
 * A trace that `creance trace --format json` has saved, as what a comparison needs of it. The two
 * traces of a comparison share one set of strings (saved_pair.h), so that equal texts have equal
 * numbers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/trace_filter.h"
#include "trace/trace_strings.h"

/*
 * Instead of the number of a thread, or of a place in a list: there is none. No list is so long,
 * and saved_event_read lets no thread have that number. The numbers of the kernel's threads, which
 * go down from -1, are far from it.
 */
#define SAVED_NONE 0x80000000u

/* A call, trap or interrupt from its beginning to its end; or another event. */
struct saved_step {
	/* What the thread ran in the kernel for this step, without what other steps have. */
	uint64_t cost_ns;
	uint32_t kind;	 /* string: "call write", "trap page fault", "sched switch" */
	uint32_t text;	 /* string: "write(1, "x", 1) = 1" */
	uint32_t key;	 /* string: the text without what differs by nature */
	uint32_t thread; /* whose step it is */
	uint32_t line;	 /* of the file, from 1 on */
};

struct saved_thread {
	uint32_t tid;
	uint32_t name;	  /* string: its last */
	uint32_t parent;  /* the thread that made it; SAVED_NONE: not known */
	uint32_t ordinal; /* among those that the parent made, or whose parent is not known */
	uint32_t children;
};

struct saved_trace {
	const char *path;
	uint32_t program, end, kernel, kernel_options; /* strings */
	bool instructions;			       /* a nanosecond is an instruction */
	uint64_t lost;				       /* events, and copies of memory */
	uint64_t nr_lines;			       /* of steps, as the first line says */
	uint64_t kernel_ns, program_ns;		       /* of the threads, filtered or not */
	struct saved_step *steps;		       /* in the order of their beginnings */
	size_t nr, room;
	/* As the trace first names them: without `all`, the program's first is the first. */
	struct saved_thread *threads;
	size_t nr_threads, threads_room;
};

struct saved_wanted {
	const struct trace_filter *filter; /* of events alone */
	bool all; /* also what does not concern the program, and the boot */
};

/*
 * Read @path. Returns: 0; -EINVAL after a message with file, line and what to do.
 * saved_trace_fini is due in every case.
 */
int saved_trace_read(struct saved_trace *trace, const char *path, const struct saved_wanted *wanted,
		     struct trace_strings *strings) __attribute__((warn_unused_result));
void saved_trace_fini(struct saved_trace *trace);
