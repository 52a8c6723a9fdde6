/* SPDX-License-Identifier: MIT */
/* Text that is safe to show: UTF-8 without control characters, tabs excepted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* How many bytes of @text are one character of UTF-8 that moves no cursor; 0: there is none. */
static inline size_t character_bytes(const unsigned char *text, size_t len)
{
	unsigned char first = text[0], least = 0x80, most = 0xbf;
	size_t bytes = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (bytes == 1)
		return first == '\t' || (first >= ' ' && first != 0x7f);
	if (first < 0xc2 || first > 0xf4 || bytes > len)
		return 0;
	/* control characters, longer forms than needed, surrogates, beyond Unicode */
	if (first == 0xc2 || first == 0xe0)
		least = 0xa0;
	else if (first == 0xed)
		most = 0x9f;
	else if (first == 0xf0)
		least = 0x90;
	else if (first == 0xf4)
		most = 0x8f;
	for (size_t i = 1; i < bytes; i++, least = 0x80, most = 0xbf)
		if (text[i] < least || text[i] > most)
			return 0;
	return bytes;
}

/* May @text be shown on a terminal, and written into JSON and XML? */
static inline bool is_plain_text(const char *text, size_t len)
{
	size_t bytes;

	for (; len; text += bytes, len -= bytes) {
		bytes = character_bytes((const unsigned char *)text, len);
		if (!bytes)
			return false;
	}
	return true;
}
