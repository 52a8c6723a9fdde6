// SPDX-License-Identifier: MIT
// FUZZ: 1500
/*
 * Two saved traces that may hold anything: they are read, compared, and written in every format. Of
 * the input, three bytes choose; the rest is A and B, one behind the other: as they are, or words
 * of one byte each, of which lines are made that are JSON and nearly a trace.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compare/compare_formats.h"
#include "compare/comparison.h"
#include "compare/saved_pair.h"
#include "compare/saved_trace.h"
#include "fuzz.h"

enum { LINES_MAX = 256 };

struct input {
	const uint8_t *data;
	size_t len;
};

static unsigned next(struct input *in)
{
	if (!in->len)
		return 0;
	in->len--;
	return *in->data++;
}

#define WORD(in, words) ((words)[next(in) % (sizeof(words) / sizeof((words)[0]))])

static const char *number(struct input *in)
{
	static const char *const numbers[] = {
		"1",	       "5",	     "6",
		"7",	       "0",	     "-1",
		"2",	       "65535",	     "9",
		"63",	       "4294967295", "4294967294",
		"-2147483648", "0.5",	     "1e308",
		"null",	       "3",	     "4",
		"\"x\"",       "100000",     "9007199254740992",
		"[]",	       "{}",	     "-1e308",
	};

	return WORD(in, numbers);
}

static const char *text(struct input *in)
{
	static const char *const texts[] = {
		"read",
		"fork",
		"getrandom",
		"",
		"write",
		"thread 5",
		"5",
		"pid=6 0x7fff12345678 tv_sec=123",
		"a_b 0x0",
		"0x",
		"-5",
		"handle the trap: page fault",
		"</script>",
		"\\u001b[2J",
		"\xe2\x80\xae",
		"(by 7) process 4294967296 PID 5",
	};

	return WORD(in, texts);
}

/* Mostly possible, for a trace is refused for one that is not. */
static const char *nanoseconds(struct input *in)
{
	static const char *const times[] = {
		"1", "2", "30", "400", "5000", "60000", "700000", "0.5",
		"0", "3", "31", "401", "5001", "60001", "700001", "4503599627370496",
	};

	return next(in) == 255 ? number(in) : WORD(in, times);
}

static void put_list(FILE *out, struct input *in, const char *key, const char *list)
{
	static const char *const types[] = {"int", "pid_t"};
	static const unsigned numbers[] = {0, 1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 1, 2, 3, 6, 7};
	unsigned nr = WORD(in, numbers);

	fprintf(out, ",\"%s\":{\"text\":\"%s\",\"%s\":[", key, text(in), list);
	for (unsigned i = 0; i < nr; i++)
		fprintf(out, "%s{\"arg\":\"%c\",\"type\":\"%s\",\"text\":\"%s\"}", i ? "," : "",
			'a' + i, WORD(in, types), text(in));
	fputs("]}", out);
}

static void put_step(FILE *out, struct input *in)
{
	static const char *const tids[] = {"5", "6", "7", "1", "0", "-1"};
	unsigned event = TRACE_none + 1 + next(in) % (NR_TRACE_EVENTS - TRACE_none - 1);
	unsigned has = next(in);

	fprintf(out, "{\"event\":\"%s\",\"of_program\":%s,\"tid\":%s,\"thread\":\"%s\",\"cpu\":%u",
		trace_event_row(event)->name, has & 1 ? "false" : "true", WORD(in, tids), text(in),
		has >> 7);
	fprintf(out, ",\"args\":{\"tid\":%s,\"pid\":%s,\"next\":%s},\"os\":\"%s\"", number(in),
		number(in), number(in), text(in));
	if (has & 2)
		fprintf(out, ",\"detail\":%u", next(in) % 4);
	if (has & 4)
		fprintf(out, ",\"name\":\"%s\"", text(in));
	if (has & 8)
		fprintf(out, ",\"cost_ns\":%s", nanoseconds(in));
	if (has & 16)
		fprintf(out, ",\"runs_ns\":%s", nanoseconds(in));
	if (has & 32)
		put_list(out, in, "call", "arguments");
	if (has & 64)
		put_list(out, in, "result", "written");
	fputs("}\n", out);
}

/* A trace of the words of @in, with @nr lines. */
static void put_trace(FILE *out, struct input *in, unsigned nr)
{
	fprintf(out, "{\"creance_trace\":1,\"steps\":%u,\"lost\":[%s],\"program\":[\"%s\",\"%s\"]",
		nr, number(in), text(in), text(in));
	fprintf(out, ",\"kernel\":\"%s\",\"instructions\":%s,\"end\":\"%s\"}\n", text(in),
		next(in) & 1 ? "true" : "false", text(in));
	for (unsigned i = 0; i < nr; i++)
		put_step(out, in);
}

/* A file with a trace. Returns: its descriptor. */
static int make_file(struct input in, bool as_it_is, unsigned nr)
{
	int fd = memfd_create("trace", MFD_CLOEXEC);
	FILE *out = fdopen(dup(fd), "w");

	if (fd < 0 || !out)
		abort();
	if (as_it_is)
		fwrite(in.data, 1, in.len, out);
	else
		put_trace(out, &in, nr % LINES_MAX);
	if (fclose(out))
		abort();
	return fd;
}

static void write_formats(const struct comparison *c, unsigned width)
{
	static const char *const names[] = {"table", "html", "json"};
	static FILE *out;
	struct compare_report report = {.comparison = c, .width = width};

	if (!out)
		out = fopen("/dev/null", "w");
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (compare_format_named(names[i])->write(out, &report))
			abort(); /* there is memory enough */
}

/* C1 of comparison.c: each step is in one row. */
static void check_rows(const struct comparison *c)
{
	size_t nr[NR_SIDES] = {0, 0};

	for (size_t i = 0; i < c->nr_rows; i++)
		for (unsigned side = 0; side < NR_SIDES; side++)
			nr[side] += comparison_step(c, &c->rows[i], side) != NULL;
	if (nr[SIDE_A] != c->traces[SIDE_A]->nr || nr[SIDE_B] != c->traces[SIDE_B]->nr)
		abort();
}

static void compare(const char *const paths[NR_SIDES], bool all, unsigned width)
{
	struct saved_trace traces[NR_SIDES] = {{0}};
	struct trace_strings strings;
	struct trace_filter filter;
	struct saved_wanted wanted = {.filter = &filter, .all = all};
	struct comparison c = {0};

	trace_filter_init(&filter);
	if (trace_strings_init(&strings))
		abort();
	if (saved_pair_read(traces, paths, &wanted, &strings) == 0) {
		if (comparison_make(&c, &traces[SIDE_A], &traces[SIDE_B], &strings))
			abort();
		check_rows(&c);
		write_formats(&c, width);
	}
	comparison_fini(&c);
	for (unsigned side = 0; side < NR_SIDES; side++)
		saved_trace_fini(&traces[side]);
	trace_strings_fini(&strings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char names[NR_SIDES][64];
	const char *paths[NR_SIDES] = {names[SIDE_A], names[SIDE_B]};
	int fds[NR_SIDES];
	size_t half;

	if (len < 3)
		return 0;
	half = (len - 3) / 2;
	for (unsigned side = 0; side < NR_SIDES; side++) {
		struct input in = {data + 3 + side * half, half};

		fds[side] = make_file(in, data[0] & 1, data[1 + side]);
		snprintf(names[side], sizeof(names[side]), "/proc/self/fd/%d", fds[side]);
	}
	compare(paths, data[0] & 2, 20 + (data[0] & 0xfcu));
	for (unsigned side = 0; side < NR_SIDES; side++)
		close(fds[side]);
	return 0;
}
