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

	return sscanf(text, " tsc_khz=%lf overhead=%lf resolution=%lf%n", &p->khz, &p->overhead,
		      &p->resolution, &n) == 3 &&
	       ends_at(text, n) && is_amount(p->khz) && p->khz > 0 && is_amount(p->overhead) &&
	       is_amount(p->resolution);
}

static bool parse_figures(const char *text, struct bench_parsed *p)
{
	unsigned long long ops;
	int n = 0;

	if (sscanf(text, " ops=%llu min=%lf median=%lf%n", &ops, &p->min, &p->median, &n) != 3)
		return false;
	p->ops = ops;
	return ends_at(text, n) && is_amount(p->min) && is_amount(p->median);
}

static bool parse_row(const char *text, struct bench_parsed *p)
{
	int n = 0;

	return sscanf(text, " %39s%n", p->key, &n) == 1 && parse_figures(text + n, p);
}

static bool parse_team(const char *text, struct bench_parsed *p)
{
	int n = 0;

	return sscanf(text, " %39s workers=%u%n", p->key, &p->workers, &n) == 2 && n > 0 &&
	       p->workers > 0 && parse_figures(text + n, p);
}

static bool parse_absent(const char *text, struct bench_parsed *p)
{
	int n = 0;

	return sscanf(text, " %39s %23s%n", p->key, p->why, &n) == 2 && ends_at(text, n);
}

static bool parse_named(const char *text, struct bench_parsed *p)
{
	int n = 0;

	return sscanf(text, " %39s %lf%n", p->key, &p->min, &n) == 2 && ends_at(text, n) &&
	       is_amount(p->min);
}

static const struct {
	const char *word;
	enum bench_line_kind kind;
	bool (*parse)(const char *text, struct bench_parsed *p); /* what follows the word */
} lines[] = {
	{"clock", BENCH_LINE_CLOCK, parse_clock},
	{"row", BENCH_LINE_ROW, parse_row},
	{"team", BENCH_LINE_TEAM, parse_team},
	{"absent", BENCH_LINE_ABSENT, parse_absent},
	{"boot", BENCH_LINE_BOOT, parse_named},
	{"fact", BENCH_LINE_FACT, parse_named},
	{"end", BENCH_LINE_END, NULL},
};

enum bench_line_kind bench_parse_line(const char *line, struct bench_parsed *p)
{
	/* A line that the kernel had begun may precede it. */
	const char *text = strstr(line, mark);

	*p = (struct bench_parsed){.kind = BENCH_LINE_OTHER};
	if (!text)
		return p->kind;
	text += strlen(mark);
	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t len = strlen(lines[i].word);

		if (strncmp(text, lines[i].word, len) != 0 || !strchr(" \r\n", text[len]))
			continue;
		p->kind = !lines[i].parse || lines[i].parse(text + len, p) ? lines[i].kind
									   : BENCH_LINE_BROKEN;
	}
	return p->kind;
}
