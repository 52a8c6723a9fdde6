// SPDX-License-Identifier: MIT
#include "trace/trace_width.h"

unsigned trace_width(const char *text, size_t bytes)
{
	unsigned width = 0;

	for (size_t i = 0; i < bytes; i++)
		width += !trace_width_is_inside(text, i);
	return width;
}

size_t trace_width_bytes(const char *text, unsigned width)
{
	size_t i = 0;

	for (; text[i]; i++)
		if (!trace_width_is_inside(text, i) && width-- == 0)
			break;
	return i;
}

const char *trace_width_line(const char *text, unsigned width, size_t least, size_t *len)
{
	size_t fits = trace_width_bytes(text, width);

	*len = fits;
	if (!text[fits])
		return text + fits;
	for (size_t i = fits; i > 0 && i >= least; i--) {
		if (text[i] != ' ')
			continue;
		*len = i;
		return text + i + 1;
	}
	return text + fits;
}

void trace_width_pad(FILE *out, unsigned columns)
{
	fprintf(out, "%*s", (int)columns, "");
}
