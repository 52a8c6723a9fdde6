// SPDX-License-Identifier: MIT
#include "lib/printable.h"

#include <stdbool.h>
#include <stdint.h>

/* The number of bytes of the UTF-8 character at @s, and its code point; 0: it is invalid. */
static size_t decode(const unsigned char *s, size_t len, uint32_t *number)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t nr = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (nr > len || s[0] > 0xf4)
		return 0;
	*number = nr == 1 ? s[0] : s[0] & (0xffu >> (nr + 1));
	for (size_t i = 1; i < nr; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*number = *number << 6 | (s[i] & 0x3f);
	}
	if (nr &&
	    (*number < least[nr] || *number > 0x10ffff || (*number >= 0xd800 && *number < 0xe000)))
		return 0;
	return nr;
}

static bool is_shown_as_it_is(uint32_t number)
{
	static const struct {
		uint32_t from, to;
	} refused[] = {
		{0, 0x1f},	  {0x7f, 0x9f},	    {0x61c, 0x61c},   {0x200e, 0x200f},
		{0x2028, 0x202e}, {0x2066, 0x2069}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (number >= refused[i].from && number <= refused[i].to)
			return false;
	return true;
}

size_t printable_next(const char *text, size_t len, char out[PRINTABLE_MAX], size_t *shown)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *s = (const unsigned char *)text;
	uint32_t number;
	size_t nr = decode(s, len, &number);

	if (nr && is_shown_as_it_is(number)) {
		for (size_t i = 0; i < nr; i++)
			out[i] = text[i];
		*shown = nr;
		return nr;
	}
	nr = nr ? nr : 1;
	for (size_t i = 0; i < nr; i++) {
		out[4 * i] = '\\';
		out[4 * i + 1] = 'x';
		out[4 * i + 2] = digits[s[i] >> 4];
		out[4 * i + 3] = digits[s[i] & 15];
	}
	*shown = 4 * nr;
	return nr;
}

size_t printable_text(char *out, size_t size, const char *text, size_t len)
{
	size_t have = 0;

	while (len > 0) {
		char one[PRINTABLE_MAX];
		size_t shown, used = printable_next(text, len, one, &shown);

		if (shown >= size - have)
			break;
		for (size_t i = 0; i < shown; i++)
			out[have++] = one[i];
		text += used;
		len -= used;
	}
	out[have] = '\0';
	return have;
}
