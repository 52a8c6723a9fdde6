/* SPDX-License-Identifier: MIT */
/* How wide UTF-8 text is on a terminal, one column for each character, and lines of a width. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Is the byte @at of @text one behind the first of its character? */
static inline bool trace_width_is_inside(const char *text, size_t at)
{
	return ((unsigned char)text[at] & 0xc0) == 0x80;
}

/* Columns that @bytes of @text take. */
unsigned trace_width(const char *text, size_t bytes);
/* The bytes of the first @width characters of @text. */
size_t trace_width_bytes(const char *text, unsigned width);

/*
 * The first line of @text in a column of @width: its first *len bytes, which are as many words as
 * fit; or as many characters, if words would make it shorter than @least bytes, or none fits.
 * Returns: where the next line begins.
 */
const char *trace_width_line(const char *text, unsigned width, size_t least, size_t *len);

/* Write so many blanks. */
void trace_width_pad(FILE *out, unsigned columns);
