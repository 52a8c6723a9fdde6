// SPDX-License-Identifier: MIT
#include "link/term_modes.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/*
 * Private modes of ECMA-48's DECSET form as terminals have them, and whether they are usually on.
 */
static const struct {
	unsigned number;
	bool usual;
} tracked[] = {
	{1, false},				  /* application cursor keys */
	{7, true},				  /* wrap at the right edge */
	{25, true},				  /* cursor shown */
	{47, false},				  /* alternate screen, three kinds */
	{1047, false}, {1049, false}, {9, false}, /* mouse reports, several kinds */
	{1000, false}, {1002, false}, {1003, false}, {1004, false}, /* focus reports */
	{1006, false}, {2004, false},				    /* bracketed paste */
};
enum { NR_TRACKED = sizeof(tracked) / sizeof(tracked[0]), MAX_NUMBERS = 8 };
enum { TEXT, ESCAPE, BRACKET, NUMBERS };

static void set_mode(struct term_modes *modes, unsigned number, bool on)
{
	for (unsigned i = 0; i < NR_TRACKED; i++) {
		if (tracked[i].number != number)
			continue;
		if (on == tracked[i].usual)
			modes->changed &= ~(1u << i);
		else
			modes->changed |= 1u << i;
	}
}

static void end_of_sequence(struct term_modes *modes, bool on)
{
	for (unsigned i = 0; i < modes->nr_numbers; i++)
		set_mode(modes, modes->numbers[i], on);
	set_mode(modes, modes->number, on);
}

static void in_numbers(struct term_modes *modes, uint8_t byte)
{
	if (byte >= '0' && byte <= '9') {
		if (modes->number < 100000)
			modes->number = modes->number * 10 + (byte - '0');
		return;
	}
	if (byte == ';') {
		if (modes->nr_numbers < MAX_NUMBERS)
			modes->numbers[modes->nr_numbers++] = modes->number;
		modes->number = 0;
		return;
	}
	if (byte == 'h' || byte == 'l')
		end_of_sequence(modes, byte == 'h');
	modes->state = byte == 0x1b ? ESCAPE : TEXT;
}

static void take_byte(struct term_modes *modes, uint8_t byte)
{
	switch (modes->state) {
	case ESCAPE:
		if (byte == 'c') /* full reset */
			modes->changed = 0;
		modes->state = byte == '[' ? BRACKET : byte == 0x1b ? ESCAPE : TEXT;
		break;
	case BRACKET:
		modes->state = byte == '?' ? NUMBERS : byte == 0x1b ? ESCAPE : TEXT;
		modes->number = 0;
		modes->nr_numbers = 0;
		break;
	case NUMBERS:
		in_numbers(modes, byte);
		break;
	default:
		modes->state = byte == 0x1b ? ESCAPE : TEXT;
	}
}

void term_modes_watch(struct term_modes *modes, const uint8_t *bytes, size_t len)
{
	const uint8_t *end = bytes + len;

	while (bytes < end) {
		if (modes->state == TEXT) { /* most of what passes is plain text */
			bytes = memchr(bytes, 0x1b, (size_t)(end - bytes));
			if (!bytes)
				return;
		}
		take_byte(modes, *bytes++);
	}
}

size_t term_modes_undo(const struct term_modes *modes, char *out, size_t size)
{
	size_t len = 0;

	if (!modes->changed)
		return 0;
	for (unsigned i = 0; i < NR_TRACKED; i++) {
		if (!(modes->changed & (1u << i)) || size - len < 16)
			continue;
		len += (size_t)snprintf(out + len, size - len, "\033[?%u%c", tracked[i].number,
					tracked[i].usual ? 'h' : 'l');
	}
	if (size - len >= 16)
		len += (size_t)snprintf(out + len, size - len, "\033[0m\033>");
	return len;
}
