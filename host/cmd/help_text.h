/* SPDX-License-Identifier: MIT */
/* help_text.h -- the help's texts, filled to the width of what they are printed on. */
#pragma once

#include <stdio.h>

/* The columns of @out: of its terminal, at most 100 and at least 40; of all else 100. */
unsigned help_width(FILE *out);

/*
 * Print @text in lines of at most @width columns; the first begins where the cursor is, at column
 * @indent, and the others are indented so far. A newline of @text is a blank, an empty line parts
 * paragraphs, and a line that begins with a blank stays as it is. A longer word is not broken.
 */
void help_fill(FILE *out, const char *text, unsigned indent, unsigned width);
