/* SPDX-License-Identifier: MIT */
/* The arguments of a call in a saved trace, as the step that begins the call has them. */
#pragma once

#include <jansson.h>

#include "calls/call_table.h"

struct saved_argument {
	const char *name, *type, *text; /* "" if the trace does not say it */
};

struct saved_call {
	unsigned nr;
	struct saved_argument arguments[CALL_ARGS];
};

/*
 * The arguments of @json, the member "call" of a step that saved_event_read has found right; of
 * NULL there are none. The texts belong to the JSON, which stays.
 */
struct saved_call saved_call_read(const json_t *json);

/* A copy with its own texts, to be freed with free(). Returns: NULL: no memory. */
struct saved_call *saved_call_copy(const struct saved_call *call)
	__attribute__((warn_unused_result));
