/* SPDX-License-Identifier: MIT */
/* lmbench's figures of 1996, and what the clock of today's CPU says of them. */
#pragma once

#include <stdio.h>

#include "bench/bench_result.h"

struct bench_old_figure {
	const char *key; /* the row of ours that it is compared with */
	const char *what;
	double microseconds; /* Linux 1.3.37 on a P6 of BENCH_OLD_MHZ */
};

#define BENCH_OLD_MHZ 200.0

/* A figure without a key ends them. */
extern const struct bench_old_figure bench_old_figures[];

/* What that figure would be at @mhz if it followed the clock alone, in nanoseconds. */
double bench_old_scaled_ns(const struct bench_old_figure *figure, double mhz);

void bench_history_print(FILE *out, const struct bench_result *result);
