/* SPDX-License-Identifier: MIT */
/* The lines that the guest's measuring programs print on the serial port (bench/README.md). */
#pragma once

#include <stdint.h>

#define BENCH_KEY_MAX 40
#define BENCH_WHY_MAX 24

enum bench_line_kind {
	BENCH_LINE_OTHER,  /* not ours, such as the kernel's log */
	BENCH_LINE_CLOCK,  /* khz, overhead, resolution */
	BENCH_LINE_ROW,	   /* key, ops, min, median */
	BENCH_LINE_TEAM,   /* the same, and workers, which did it at the same time */
	BENCH_LINE_ABSENT, /* key, why: the name of an errno */
	BENCH_LINE_BOOT,   /* key: a phase's name; min: nanoseconds since the kernel's entry */
	BENCH_LINE_FACT,   /* key, min: a number of the booted system */
	BENCH_LINE_END,
	BENCH_LINE_BROKEN, /* begins as one of ours and cannot be read */
};

struct bench_parsed {
	enum bench_line_kind kind;
	char key[BENCH_KEY_MAX];
	char why[BENCH_WHY_MAX];
	uint64_t ops;
	unsigned workers;
	double min, median;		  /* ticks of the TSC for one operation */
	double khz, overhead, resolution; /* of the TSC; ticks */
};

/* Read @line, without its end, into @parsed. Returns: parsed->kind. */
enum bench_line_kind bench_parse_line(const char *line, struct bench_parsed *parsed);
