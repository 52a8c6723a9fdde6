/* SPDX-License-Identifier: MIT */
/* The result as a picture: an SVG of one bar a row on a logarithmic scale. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "bench/bench_result.h"

/*
 * Write the picture: the ratio to Linux's figure where there is one, or without Linux our own
 * figures. Returns: how many bars it has.
 */
unsigned bench_plot_write(FILE *out, const struct bench_result *result, bool linux_too);

/* Write @text as character data of XML. */
void bench_plot_escape(FILE *out, const char *text);
