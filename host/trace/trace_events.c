// SPDX-License-Identifier: MIT
#include "trace/trace_events.h"

#define TRACE_ARG(name, kind) +1
#define TRACE_EVENT(name, detail, args, ...) NR_ARGS_##name = 0 args,
enum {
#include "uapi/trace_events.tbl.h"
};
#undef TRACE_ARG
#undef TRACE_EVENT

#define TRACE_ARG(name, kind) {#name, TRACE_KIND_##kind},
#define TRACE_EVENT(name, detail, args, program, hardware, os)                                     \
	[TRACE_##name] = {#name, detail, NR_ARGS_##name, {args}, {program, hardware, os}},

static const struct trace_event_row rows[NR_TRACE_EVENTS] = {
	[TRACE_none] = {"none", "", 0, {{"", TRACE_KIND_hex}}, {"", "", ""}},
#include "uapi/trace_events.tbl.h"
};

const struct trace_event_row *trace_event_row(unsigned event)
{
	return &rows[event < NR_TRACE_EVENTS ? event : TRACE_none];
}
