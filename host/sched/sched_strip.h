/* SPDX-License-Identifier: MIT */
/* Timelines as lines of letters, for terminals. */
#pragma once

#include "sched/sched_report.h"

enum { SCHED_STRIP_COLUMNS = 60 };

/* A letter for each job: its name, if that is one letter or digit, or the next that is free. */
void sched_strip_letters(const struct workload *workload, char letters[WORKLOAD_JOBS_MAX]);

/*
 * Who had @cpu in each part of the time up to @end_ns, as the letters of the jobs. Where several
 * had it, one that had not enough letters yet. '.' where nobody had it.
 */
void sched_strip(const struct timeline *timeline, const char letters[WORKLOAD_JOBS_MAX],
		 unsigned cpu, uint64_t end_ns, char strip[SCHED_STRIP_COLUMNS + 1]);

/* Write the strips of all policies, under one axis. */
void sched_strips_write(FILE *out, const struct sched_result *result, unsigned cpus, int width);
