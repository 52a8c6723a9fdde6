// SPDX-License-Identifier: MIT
/* text_buffer.c -- text in a buffer of fixed size. */
#include "fs/procfs/text_buffer.h"

#include "core/assert.h"
#include "lib/fmt.h"
#include "lib/string.h"

void text_printf(struct text_buffer *out, const char *fmt, ...)
{
	size_t space = out->size - out->len;
	va_list args;
	int len;

	debug_assert(out->len <= out->size);
	va_start(args, fmt);
	len = kvsnprintf(out->data + out->len, space, fmt, args);
	va_end(args);
	if (len < 0 || (size_t)len >= space)
		out->overflow = true;
	else
		out->len += (size_t)len;
}

char *text_reserve(struct text_buffer *out, size_t len)
{
	debug_assert(out->len <= out->size);
	if (out->size - out->len <= len) {
		out->overflow = true;
		return NULL;
	}
	return out->data + out->len;
}

void text_added(struct text_buffer *out, size_t len)
{
	debug_assert(len <= out->size - out->len);
	out->len += len;
}

void text_put(struct text_buffer *out, const void *bytes, size_t len)
{
	char *to = text_reserve(out, len);

	if (!to)
		return;
	memcpy(to, bytes, len);
	out->len += len;
}

void text_puts(struct text_buffer *out, const char *s)
{
	text_put(out, s, strlen(s));
}

void text_pad(struct text_buffer *out, size_t line_start, size_t column)
{
	while (out->len - line_start < column && !out->overflow)
		text_put(out, " ", 1);
}

void text_put_escaped(struct text_buffer *out, const char *s, const char *special)
{
	for (; *s; s++) {
		if (*s == '\\' || strchr(special, *s))
			text_printf(out, "\\%03o", (u8)*s);
		else
			text_put(out, s, 1);
	}
}
