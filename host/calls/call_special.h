/* SPDX-License-Identifier: MIT */
/* Values that are more than numbers and structures: sets, addresses of sockets, wait statuses. */
#pragma once

#include "calls/call_value.h"

/*
 * Append an object of @type, a CALL_SPECIAL of call_types.tbl.h, that has @bytes bytes.
 * Returns: false, and nothing is appended, if the trace does not have it.
 */
bool call_special_text(struct trace_text *text, struct call_place place, enum call_type type,
		       uint64_t bytes);
