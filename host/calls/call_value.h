/* SPDX-License-Identifier: MIT */
/* Single values of calls in words, below call_view.h. */
#pragma once

#include "calls/call_types.h"
#include "calls/call_view.h"

#define CALL_BYTES_SHOWN 40u   /* of a buffer */
#define CALL_STRING_SHOWN 256u /* of a path */
#define CALL_OBJECTS_SHOWN 16u /* of a list */

/* Where a value is: in the memory as it was when the call began, or when it returned. */
struct call_place {
	const struct call_memory *memory;
	bool at_return;
	uint64_t address;
};

/* Append @value, a number of @bytes bytes. */
void call_number_text(struct trace_text *text, struct call_kind kind, uint64_t value,
		      unsigned bytes);
/* Append an address, or NULL. */
void call_address_text(struct trace_text *text, uint64_t address);
/* Append the date, such as 2001-02-03T04:05:06+0000, as a comment; nothing for 0. */
void call_date_text(struct trace_text *text, int64_t seconds, unsigned nanoseconds);
/* Append makedev(0x1, 0x3). */
void call_device_text(struct trace_text *text, uint64_t device);
/* Append the @len bytes of @bytes as a C string in quotes, escaped. */
void call_quote(struct trace_text *text, const char *bytes, size_t len);

/* The rest append nothing, and return false, if the trace does not have what is at @place. */

/* Append the string, of which at most @max bytes are shown. */
bool call_string_text(struct trace_text *text, struct call_place place, size_t max);
/* Append @nr bytes as a string. */
bool call_bytes_text(struct trace_text *text, struct call_place place, uint64_t nr);
/* Append one object, which is no list of bytes. */
bool call_object_text(struct trace_text *text, struct call_place place, enum call_type type);
/* Append @count objects as a list. */
bool call_list_text(struct trace_text *text, struct call_place place, enum call_type type,
		    uint64_t count);
