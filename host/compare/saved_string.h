/* SPDX-License-Identifier: MIT */
/* Texts of a saved trace, which is not trusted, as strings that a terminal may show. */
#pragma once

#include "trace/trace_strings.h"

/*
 * Set *string to the number of @text among @strings, or of the first STEP_TEXT_BYTES - 1 bytes of
 * it; what no terminal should be sent is shown as an escape. Returns: 0 or -ENOMEM.
 */
int saved_string(struct trace_strings *strings, const char *text, uint32_t *string)
	__attribute__((warn_unused_result));
