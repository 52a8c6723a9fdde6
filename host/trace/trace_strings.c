// SPDX-License-Identifier: MIT
#include "trace/trace_strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/trace_hash.h"

int trace_strings_init(struct trace_strings *s)
{
	long number;

	*s = (struct trace_strings){0};
	number = trace_strings_number(s, "");
	return number < 0 ? (int)number : 0;
}

void trace_strings_fini(struct trace_strings *s)
{
	free(s->bytes);
	free(s->starts);
	free(s->slots);
	*s = (struct trace_strings){0};
}

const char *trace_strings_text(const struct trace_strings *s, size_t number)
{
	return s->bytes + s->starts[number];
}

static uint32_t *slot_of(const struct trace_strings *s, uint32_t *slots, size_t nr_slots,
			 const char *text)
{
	size_t i = trace_hash_text(text) % nr_slots;

	while (slots[i] && strcmp(trace_strings_text(s, slots[i] - 1), text))
		i = (i + 1) % nr_slots;
	return &slots[i];
}

static int make_numbers(struct trace_strings *s)
{
	size_t room = s->nr_room ? 2 * s->nr_room : 1024, nr_slots = 3 * room;
	size_t *starts;
	uint32_t *slots;

	if (s->nr < s->nr_room)
		return 0;
	starts = realloc(s->starts, room * sizeof(*starts));
	if (!starts)
		return -ENOMEM;
	s->starts = starts;
	slots = calloc(nr_slots, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < s->nr; i++)
		*slot_of(s, slots, nr_slots, trace_strings_text(s, i)) = (uint32_t)i + 1;
	free(s->slots);
	s->slots = slots;
	s->nr_slots = nr_slots;
	s->nr_room = room;
	return 0;
}

static int make_bytes(struct trace_strings *s, size_t size)
{
	size_t room = s->room ? s->room : 65536;
	char *bytes;

	while (room < s->len + size)
		room *= 2;
	if (room == s->room)
		return 0;
	bytes = realloc(s->bytes, room);
	if (!bytes)
		return -ENOMEM;
	s->bytes = bytes;
	s->room = room;
	return 0;
}

long trace_strings_number(struct trace_strings *s, const char *text)
{
	size_t size = strlen(text) + 1;
	uint32_t *slot;

	if (make_numbers(s) || make_bytes(s, size))
		return -ENOMEM;
	slot = slot_of(s, s->slots, s->nr_slots, text);
	if (!*slot) {
		memcpy(s->bytes + s->len, text, size);
		s->starts[s->nr++] = s->len;
		s->len += size;
		*slot = (uint32_t)s->nr;
	}
	return (long)*slot - 1;
}
