/* SPDX-License-Identifier: MIT */
/* The results of `creance sched`, and the forms in which they are shown. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "sched/measure.h"
#include "sched/timeline.h"
#include "sched/workload.h"

/* One workload under one policy. */
struct sched_run {
	char policy[2 * WORKLOAD_POLICY_BYTES];
	struct timeline timeline;
	struct measure measure;
	const struct workload_expect *expect; /* of the workload; NULL: the textbook says nothing */
};

/* One workload under all of them. */
struct sched_result {
	const char *name; /* printable */
	struct workload *workload;
	struct sched_run *runs;
	unsigned nr_runs;
};

struct sched_report {
	struct sched_result *results;
	unsigned nr;
	unsigned cpus;
};

/* As a table of text. Returns: 0. */
int sched_table_write(FILE *out, const struct sched_report *report);

/* As JSON, with the timelines. Returns: 0 or -ENOMEM. */
int sched_json_write(FILE *out, const struct sched_report *report);

/* As a picture: the timelines of all policies, one under the other on one axis. Returns: 0. */
int sched_svg_write(FILE *out, const struct sched_report *report);

/* As a page that needs no other file: the pictures and the figures. Returns: 0. */
int sched_html_write(FILE *out, const struct sched_report *report);
