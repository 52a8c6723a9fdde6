/* SPDX-License-Identifier: MIT */
/* The result as a picture: an SVG of one bar a row on a logarithmic scale. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "bench/bench_result.h"

/*
 * Write the picture: the ratio to Linux's figure where there is one, or without Linux our own
 * figures; with goals, where they are and which bars reach them. Returns: how many bars it has.
 */
unsigned bench_plot_write(FILE *out, const struct bench_result *result, enum bench_show show);
