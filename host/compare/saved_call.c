// SPDX-License-Identifier: MIT
#include "compare/saved_call.h"

#include <stdlib.h>
#include <string.h>

#include "compare/step_text.h"

struct saved_call saved_call_read(const json_t *json)
{
	const json_t *all = json_object_get(json, "arguments");
	struct saved_call call = {.nr = (unsigned)json_array_size(all)};

	for (unsigned i = 0; i < call.nr; i++) {
		const json_t *one = json_array_get(all, i);

		call.arguments[i] = (struct saved_argument){step_text_member(one, "arg"),
							    step_text_member(one, "type"),
							    step_text_member(one, "text")};
	}
	return call;
}

/* Copy *text to @to, and make it the copy. Returns: the place behind it. */
static char *move_text(const char **text, char *to)
{
	size_t bytes = strlen(*text) + 1;

	*text = memcpy(to, *text, bytes);
	return to + bytes;
}

struct saved_call *saved_call_copy(const struct saved_call *call)
{
	size_t bytes = sizeof(*call);
	struct saved_call *copy;
	char *to;

	for (unsigned i = 0; i < call->nr; i++)
		bytes += strlen(call->arguments[i].name) + strlen(call->arguments[i].type) +
			 strlen(call->arguments[i].text) + 3;
	copy = malloc(bytes);
	if (!copy)
		return NULL;
	*copy = *call;
	to = (char *)(copy + 1);
	for (unsigned i = 0; i < call->nr; i++) {
		to = move_text(&copy->arguments[i].name, to);
		to = move_text(&copy->arguments[i].type, to);
		to = move_text(&copy->arguments[i].text, to);
	}
	return copy;
}
