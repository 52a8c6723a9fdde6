/* SPDX-License-Identifier: MIT */
/* Where the instructions of an operation go, by phases: `creance bench --explain`. */
#pragma once

#include <stdio.h>

#include "bench/bench_options.h"

/*
 * Measure the rows that @options names (or the usual ones) on our kernel with every instruction
 * logged, and print each one's phases to @out. Context: after signals_install.
 * Returns: 0, or the exit status after a message.
 */
int bench_explain(const struct bench_options *options, FILE *out)
	__attribute__((warn_unused_result));
