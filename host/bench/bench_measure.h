/* SPDX-License-Identifier: MIT */
/* The measuring itself: which kernels are booted, in which order, and what their consoles say. */
#pragma once

#include "bench/bench_boot.h"
#include "bench/bench_options.h"
#include "bench/bench_result.h"

/*
 * Boot our release kernel and, as @options say, Linux, in turns; fill in @result, and @boot unless
 * only some rows are to be measured. Context: after signals_install.
 * Returns: 0, or the exit status after a message.
 */
int bench_measure(const struct bench_options *options, struct bench_result *result,
		  struct bench_boot *boot) __attribute__((warn_unused_result));

/*
 * Run the whole benchmark and hackbench on the kernel that measures its own latencies, and print
 * what it has found to @out. Context and Returns: as above.
 */
int bench_latency(const struct bench_options *options, FILE *out)
	__attribute__((warn_unused_result));
