/* SPDX-License-Identifier: MIT */
/* Strings, each stored once and known by a number. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct trace_strings {
	char *bytes; /* all, one after another, each with its 0 */
	size_t len, room;
	size_t *starts; /* by number */
	size_t nr, nr_room;
	uint32_t *slots; /* numbers plus 1; open addressing */
	size_t nr_slots;
};

/* Number 0 is the empty string. Returns: 0 or -ENOMEM. */
int trace_strings_init(struct trace_strings *strings) __attribute__((warn_unused_result));
void trace_strings_fini(struct trace_strings *strings);
/* The number of @text. Returns: it, or -ENOMEM. */
long trace_strings_number(struct trace_strings *strings, const char *text);
/* Valid until the next string is added. */
const char *trace_strings_text(const struct trace_strings *strings, size_t number);
