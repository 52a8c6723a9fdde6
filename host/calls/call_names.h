/* SPDX-License-Identifier: MIT */
/* Names of values and of bits: call_names.tbl.h. */
#pragma once

#include "calls/call_kinds.h"
#include "trace/trace_names.h"

/* Append the name of @value, or the number if it has none. */
void call_word_text(struct trace_text *text, enum call_set set, uint64_t value);
/* Append the names of the bits of @value, with | between them; bits without a name in hex. */
void call_flags_text(struct trace_text *text, enum call_set set, uint64_t value);
