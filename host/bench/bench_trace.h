/* SPDX-License-Identifier: MIT */
/*
 * Counts, in the emulator's log of executed instructions, those between two readings of the
 * guest program's timer, by the kernel's functions.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/elf_symbols.h"

#define BENCH_TIMERS_MAX 512u
#define BENCH_INTERVALS_MAX 64u

/* Where the program reads its timer: the addresses of `rdtsc` after `lfence`. */
struct bench_timers {
	unsigned nr;
	uint64_t at[BENCH_TIMERS_MAX]; /* rising */
};

/* Find them in the ELF program at @path. Returns: 0, or -EINVAL after a message. */
int bench_timers_find(struct bench_timers *timers, const char *path)
	__attribute__((warn_unused_result));

struct bench_counts {
	uint64_t total, program, elsewhere; /* elsewhere: code of the kernel without a symbol */
	uint64_t *parts; /* 2 for each kernel symbol: before it first left for another, and after */
};

/* All stretches that began at one place of the program: the shortest of them. */
struct bench_interval {
	uint64_t begin;
	unsigned times;
	struct bench_counts least;
};

struct bench_trace;

/* The caller keeps @kernel and @timers until bench_trace_free. */
struct bench_trace *bench_trace_new(const struct elf_symbols *kernel,
				    const struct bench_timers *timers);
void bench_trace_free(struct bench_trace *trace);

/* Take @len bytes of the log. */
void bench_trace_feed(struct bench_trace *trace, const char *bytes, size_t len);

/*
 * The stretches by the place where they began, in the order in which they were first seen; the
 * first of each place, a warm-up, does not count when there are more.
 */
unsigned bench_trace_intervals(const struct bench_trace *trace,
			       const struct bench_interval **intervals);
