/* SPDX-License-Identifier: MIT */
/* The section of the table that compares one worker with several at the same time. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "bench/bench_result.h"

/*
 * Print operations a second of one worker and of a team, and their ratio, with the columns of Linux
 * if they are shown; nothing if no team was measured.
 */
void bench_scaling_print(FILE *out, const struct bench_result *result, bool linux_too);
