/* SPDX-License-Identifier: MIT */
/*
 * The end of the guest's log and of the emulator's messages, kept in memory and printed only if the
 * guest dies (or at once with -v).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define REPORT_KEPT 16384u

struct report_log {
	char text[REPORT_KEPT];
	size_t len;	   /* of what is kept: the last bytes that came */
	size_t line_start; /* -v: from here on the text is an unfinished line, not yet printed */
};

struct report {
	bool verbose;
	struct report_log guest;    /* serial port */
	struct report_log emulator; /* QEMU's standard error */
};

/* Keep @len bytes of a log; with -v also print its lines as they are complete. */
void report_feed(struct report *report, struct report_log *log, const char *bytes, size_t len);

/* The last @max lines of @log: where they begin; *len is their length. */
const char *report_tail(const struct report_log *log, unsigned max, size_t *len);

/* Say that the guest died: @how (a phrase), what both logs end with, and what to do. */
void report_death(const struct report *report, const char *how);

/* Print that the emulator did not start, and its own message. */
void report_no_start(const struct report *report, int emulator_status);
