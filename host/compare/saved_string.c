// SPDX-License-Identifier: MIT
#include "compare/saved_string.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "compare/saved_trace.h"
#include "compare/step_text.h"
#include "lib/printable.h"

/* Would printable_text leave it as it is, and whole? */
static bool is_plain(const char *text)
{
	size_t len = 0;

	while (text[len] >= ' ' && text[len] < 0x7f)
		len++;
	return !text[len] && len < STEP_TEXT_BYTES;
}

int saved_string(struct trace_strings *strings, const char *text, uint32_t *string)
{
	char shown[STEP_TEXT_BYTES];
	long number;

	/* Most texts are plain, and there are many. */
	if (!is_plain(text)) {
		printable_text(shown, sizeof(shown), text, strlen(text));
		text = shown;
	}
	number = trace_strings_number(strings, text);
	if (number < 0 || number >= SAVED_NONE)
		return -ENOMEM;
	*string = (uint32_t)number;
	return 0;
}
