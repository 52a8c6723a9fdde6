/* SPDX-License-Identifier: MIT */
/* Which descriptors poll and select have found ready. */
#pragma once

#include "calls/call_value.h"

/*
 * Append those of @count struct pollfd whose events have come: "[{fd=3, revents=POLLIN}]".
 * Returns: false, and nothing is appended, if the trace does not have them.
 */
bool call_ready_text(struct trace_text *text, struct call_place place, uint64_t count);

/* Append, to the result of poll or select, " (in [3], out [4])"; nothing to that of other calls. */
void call_which_text(struct trace_text *text, const struct call_view *view);
