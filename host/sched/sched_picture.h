/* SPDX-License-Identifier: MIT */
/* The picture of one workload, for sched_svg_write and the page. */
#pragma once

#include "sched/sched_report.h"

enum { SCHED_PICTURE_WIDTH = 1180 };

double sched_picture_height(const struct sched_result *result);

/*
 * Write it as an element of SVG whose upper edge is at @y of the one around it. Its colours are
 * classes of sched_picture_style; a viewer that knows no style sheets has attributes, for white.
 */
void sched_picture_write(FILE *out, const struct sched_result *result, double y);

/* Rules of CSS, for light and dark. */
extern const char sched_picture_style[];
