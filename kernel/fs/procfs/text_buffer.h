/* SPDX-License-Identifier: MIT */
/*
 * Text in a buffer of fixed size. What does not fit sets `overflow` and is not stored; the caller
 * tries again with a larger buffer.
 */
#pragma once

#include "lib/compiler.h"

struct text_buffer {
	char *data;
	size_t size, len;
	bool overflow;
};

void text_printf(struct text_buffer *out, const char *fmt, ...) __printf(2, 3);
void text_put(struct text_buffer *out, const void *bytes, size_t len);
void text_puts(struct text_buffer *out, const char *s);
/* Fill with spaces up to @column of the line that began at length @line_start. */
void text_pad(struct text_buffer *out, size_t line_start, size_t column);
/* Append @s with the characters in @special, and the backslash, as \ooo: paths in /proc/mounts. */
void text_put_escaped(struct text_buffer *out, const char *s, const char *special);
/* Room for more than @len bytes in place, for text_added to follow; or NULL: overflow is set. */
char *text_reserve(struct text_buffer *out, size_t len);
void text_added(struct text_buffer *out, size_t len);
