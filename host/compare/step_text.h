/* SPDX-License-Identifier: MIT */
/* What a step is called, and by what it is recognised in another trace. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compare/saved_call.h"
#include "trace/trace_events.h"
#include "trace/trace_names.h"

#define STEP_TEXT_BYTES 8192u

/* The place of a thread in its trace, by its number or its process's; SAVED_NONE: nobody has it. */
struct step_names {
	uint32_t (*place)(void *context, uint32_t tid);
	void *context;
};

/*
 * What differs from run to run, though the program does the same, is replaced by a mark: addresses,
 * and in what the kernel has @written times; numbers of processes by the place of their thread.
 */
void step_text_key(struct trace_text *key, const char *text, bool written,
		   const struct step_names *names);

/*
 * "read(3, "ro"..., 4096) = 140" of the arguments @call and the object "result" of a step's JSON
 * (docs/trace.md); @result NULL: it has not returned. The key is made at the same time, as only
 * here it is known what is the number of a process.
 */
void step_text_call(struct trace_text *text, struct trace_text *key, const char *name,
		    const struct saved_call *call, const json_t *result,
		    const struct step_names *names);

/* "call write", "trap page fault", "memory allocate". @name may be NULL. */
void step_text_kind(struct trace_text *kind, enum trace_event event, const char *name);

/* The member @key of @object if it is a string, else "". */
const char *step_text_member(const json_t *object, const char *key);
