// SPDX-License-Identifier: MIT
#include "base/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/printable.h"

static bool terminal_raw_now;

void say_terminal_is_raw(bool raw)
{
	terminal_raw_now = raw;
}

static void write_all(const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n <= 0)
			return; /* nothing reads standard error */
		text += n;
		len -= (size_t)n;
	}
}

/* Print @len bytes; control characters but those of @kept are escaped. */
static void print_safely(const char *text, size_t len, const char *kept)
{
	char out[1024];
	size_t have = 0, used, shown;

	for (; len > 0; text += used, len -= used) {
		if (have > sizeof(out) - PRINTABLE_MAX - 1) {
			write_all(out, have);
			have = 0;
		}
		used = 1;
		if (text[0] == '\r' && (len == 1 || text[1] == '\n'))
			continue; /* the guest's own: where one is needed is decided here */
		if (text[0] == '\n' && strchr(kept, '\n') && terminal_raw_now)
			out[have++] = '\r';
		if (text[0] && strchr(kept, text[0])) {
			out[have++] = text[0];
			continue;
		}
		used = printable_next(text, len, out + have, &shown);
		have += shown;
	}
	write_all(out, have);
}

void say_text(const char *text, unsigned long len)
{
	print_safely(text, len, "\n\t");
}

void say(const char *format, ...)
{
	char line[4096];
	int start = snprintf(line, sizeof(line), "creance: ");
	va_list args;

	va_start(args, format);
	int n = vsnprintf(line + start, sizeof(line) - (size_t)start, format, args);
	va_end(args);
	if (n < 0)
		return;
	print_safely(line, strlen(line), "");
	say_text("\n", 1);
}

void *must_alloc(unsigned long size)
{
	void *memory = calloc(1, size ? size : 1);

	if (!memory) {
		say("no memory left on this host: end other programs and try again");
		exit(STATUS_FAILED);
	}
	return memory;
}

char *must_format(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	int n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0) {
		say("no memory left on this host: end other programs and try again");
		exit(STATUS_FAILED);
	}
	return text;
}
