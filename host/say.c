// SPDX-License-Identifier: MIT
#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
			return; /* nobody listens, and there is nobody else to tell */
		text += n;
		len -= (size_t)n;
	}
}

void say_text(const char *text, unsigned long len)
{
	char out[1024];
	size_t have = 0;

	for (unsigned long i = 0; i < len; i++) {
		if (have > sizeof(out) - 2) {
			write_all(out, have);
			have = 0;
		}
		if (text[i] == '\r' && i + 1 < len && text[i + 1] == '\n')
			continue; /* the guest's own; whether it is needed is known here */
		if (text[i] == '\n' && terminal_raw_now)
			out[have++] = '\r';
		out[have++] = text[i];
	}
	write_all(out, have);
}

void say(const char *format, ...)
{
	char line[4096];
	int start = snprintf(line, sizeof(line), "creance: ");
	va_list args;

	va_start(args, format);
	int n = vsnprintf(line + start, sizeof(line) - (size_t)start - 1, format, args);
	va_end(args);
	if (n < 0)
		return;
	size_t len = strlen(line);
	line[len] = '\n';
	say_text(line, len + 1);
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
