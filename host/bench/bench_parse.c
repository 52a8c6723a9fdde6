// SPDX-License-Identifier: MIT
#include "bench/bench_parse.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char mark[] = "cost: ";

/* Nothing but blanks and the line's end follows. */
static bool ends_at(const char *text, int n)
{
	return n > 0 && text[(size_t)n + strspn(text + n, " \t\r\n")] == '\0';
}

static bool is_amount(double x)
{
	return isfinite(x) && x >= 0;
}

static bool parse_clock(const char *text, struct bench_parsed *p)
{
	int n = 0;

	return sscanf(text, "clock tsc_khz=%lf overhead=%lf resolution=%lf%n", &p->khz,
		      &p->overhead, &p->resolution, &n) == 3 &&
	       ends_at(text, n) && is_amount(p->khz) && p->khz > 0 && is_amount(p->overhead) &&
	       is_amount(p->resolution);
}

static bool parse_row(const char *text, struct bench_parsed *p)
{
	unsigned long long ops;
	int n = 0;

	if (sscanf(text, "row %39s ops=%llu min=%lf median=%lf%n", p->key, &ops, &p->min,
		   &p->median, &n) != 4)
		return false;
	p->ops = ops;
	return ends_at(text, n) && is_amount(p->min) && is_amount(p->median);
}

static bool parse_absent(const char *text, struct bench_parsed *p)
{
	int n = 0;

	return sscanf(text, "absent %39s %23s%n", p->key, p->why, &n) == 2 && ends_at(text, n);
}

static bool parse_named(const char *text, const char *word, struct bench_parsed *p)
{
	size_t skip = strlen(word);
	int n = 0;

	return sscanf(text + skip, " %39s %lf%n", p->key, &p->min, &n) == 2 &&
	       ends_at(text + skip, n) && is_amount(p->min);
}

static bool begins(const char *text, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) == 0 && strchr(" \r\n", text[len]);
}

enum bench_line_kind bench_parse_line(const char *line, struct bench_parsed *p)
{
	/* A line that the kernel had begun may precede it. */
	const char *text = strstr(line, mark);
	bool good;

	*p = (struct bench_parsed){.kind = BENCH_LINE_OTHER};
	if (!text)
		return p->kind;
	text += strlen(mark);
	if (begins(text, "clock")) {
		p->kind = BENCH_LINE_CLOCK;
		good = parse_clock(text, p);
	} else if (begins(text, "row")) {
		p->kind = BENCH_LINE_ROW;
		good = parse_row(text, p);
	} else if (begins(text, "absent")) {
		p->kind = BENCH_LINE_ABSENT;
		good = parse_absent(text, p);
	} else if (begins(text, "boot")) {
		p->kind = BENCH_LINE_BOOT;
		good = parse_named(text, "boot", p);
	} else if (begins(text, "fact")) {
		p->kind = BENCH_LINE_FACT;
		good = parse_named(text, "fact", p);
	} else if (begins(text, "end")) {
		p->kind = BENCH_LINE_END;
		good = true;
	} else {
		return p->kind; /* a remark of the program's */
	}
	if (!good)
		p->kind = BENCH_LINE_BROKEN;
	return p->kind;
}
