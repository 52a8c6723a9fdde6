/* SPDX-License-Identifier: MIT */
/* Messages of the command: always on standard error and always as `creance: ...`. */
#pragma once

#include <stdbool.h>

/* The command's own exit statuses, as of other programs that run programs. */
enum {
	STATUS_FAILED = 125,	     /* creance failed: no emulator, no kernel, the guest died */
	STATUS_NOT_EXECUTABLE = 126, /* the program exists and cannot be executed */
	STATUS_NOT_FOUND = 127,
	STATUS_SIGNAL = 128, /* plus the signal's number */
};

/*
 * Print one message: what went wrong, a colon, what to do. No newline in @format. Whatever the
 * values contain, it stays one line of printable characters (printable.h).
 * Context: any but a signal handler.
 */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* While the terminal is raw, end lines with CR LF. */
void say_terminal_is_raw(bool raw);

/*
 * Print @len bytes of guest log text to standard error: line ends as the terminal needs them now,
 * tabs, and the rest as printable.h has it. A character must not be cut in two.
 */
void say_text(const char *text, unsigned long len);

/* malloc and friends that end the command (status 125) when the host has no memory; never NULL. */
void *must_alloc(unsigned long size);
char *must_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
