// SPDX-License-Identifier: MIT
#include "base/report.h"

#include <string.h>

#include "base/say.h"

enum { LINES_OF_GUEST = 30, LINES_OF_EMULATOR = 5 };

/* Make room for @len more bytes by forgetting the oldest half. */
static void forget_oldest(struct report_log *log, size_t len)
{
	size_t keep = log->len < REPORT_KEPT / 2 ? log->len : REPORT_KEPT / 2;
	size_t drop = log->len - keep;

	if (log->len + len <= REPORT_KEPT)
		return;
	memmove(log->text, log->text + drop, keep);
	log->len = keep;
	log->line_start = log->line_start > drop ? log->line_start - drop : 0;
}

static void print_whole_lines(struct report_log *log)
{
	const char *start = log->text + log->line_start;
	const char *end = memrchr(start, '\n', log->len - log->line_start);

	if (!end)
		return;
	say_text(start, (size_t)(end + 1 - start));
	log->line_start = (size_t)(end + 1 - log->text);
}

void report_feed(struct report *report, struct report_log *log, const char *bytes, size_t len)
{
	while (len > 0) {
		size_t part = len < REPORT_KEPT / 2 ? len : REPORT_KEPT / 2;

		forget_oldest(log, part);
		memcpy(log->text + log->len, bytes, part);
		log->len += part;
		if (report->verbose)
			print_whole_lines(log);
		bytes += part;
		len -= part;
	}
}

const char *report_tail(const struct report_log *log, unsigned max, size_t *len)
{
	const char *end = log->text + log->len;
	const char *start;

	while (end > log->text && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	for (start = end; start > log->text; start--)
		if (start[-1] == '\n' && max-- <= 1)
			break;
	*len = (size_t)(end - start);
	return start;
}

/* Print @text with a bar before each line, which distinguishes it from our messages. */
static void print_quoted(const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t part = (size_t)((newline ? newline : end) - text);

		say_text("  | ", 4);
		say_text(text, part > 0 && text[part - 1] == '\r' ? part - 1 : part);
		say_text("\n", 1);
		text += part + 1;
	}
}

void report_death(const struct report *report, const char *how)
{
	size_t guest_len, emulator_len;
	const char *guest = report_tail(&report->guest, LINES_OF_GUEST, &guest_len);
	const char *emulator = report_tail(&report->emulator, LINES_OF_EMULATOR, &emulator_len);

	say("%s%s", how,
	    guest_len && !report->verbose ? "; the last it wrote (-v shows all):" : "");
	if (report->verbose)
		return; /* all of it was printed when it came */
	print_quoted(guest, guest_len);
	if (emulator_len)
		say("the emulator said:");
	print_quoted(emulator, emulator_len);
	if (!guest_len && !emulator_len)
		say("it wrote nothing: try again with --debug-kernel -v to see its whole log");
}

void report_no_start(const struct report *report, int emulator_status)
{
	size_t len;
	const char *text = report_tail(&report->emulator, LINES_OF_EMULATOR, &len);

	say("the emulator did not start (its exit status is %d): try again with -v to see its command line%s",
	    emulator_status, len && !report->verbose ? "; it said:" : "");
	if (!report->verbose)
		print_quoted(text, len);
}
