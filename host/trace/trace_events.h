/* SPDX-License-Identifier: MIT */
/* The events, from the kernel's table (uapi/trace_events.tbl.h), for readers of traces. */
#pragma once

#include <stdbool.h>

#include "uapi/trace_wire.h"

/* Numbers as in the kernel's trace/trace.h. */
#define TRACE_EVENT(name, ...) TRACE_##name,
enum trace_event {
	TRACE_none,
#include "uapi/trace_events.tbl.h"
	NR_TRACE_EVENTS
};
#undef TRACE_EVENT

enum trace_kind {
	TRACE_KIND_hex,
	TRACE_KIND_dec,
	TRACE_KIND_ptr,
	TRACE_KIND_text,
	TRACE_KIND_flags
};

/* The columns of the protocol's figures. */
enum trace_column { TRACE_PROGRAM, TRACE_HARDWARE, TRACE_OS, NR_TRACE_COLUMNS };

struct trace_event_row {
	const char *name;
	const char *detail; /* what it is; "": nothing */
	unsigned nr_args;
	struct {
		const char *name;
		enum trace_kind kind;
	} args[TRACE_ARGS];
	const char *texts[NR_TRACE_COLUMNS]; /* templates */
};

/* The row of @event; one without a name for a number that is no event. */
const struct trace_event_row *trace_event_row(unsigned event);

/* Is argument @i the rest of the text that the argument before it begins? */
static inline bool trace_arg_is_rest(const struct trace_event_row *row, unsigned i)
{
	return i > 0 && row->args[i].kind == TRACE_KIND_text &&
	       row->args[i - 1].kind == TRACE_KIND_text;
}
