/* SPDX-License-Identifier: MIT */
/* The figures by which policies are compared, from a timeline. */
#pragma once

#include "sched/timeline.h"

struct measure_job {
	uint64_t turnaround_ns; /* from the arrival to the end */
	uint64_t response_ns;	/* from the arrival to the first run */
	uint64_t waiting_ns;	/* ready, and did not run */
};

/* Of all jobs. */
struct measure_spread {
	double mean_ns;
	uint64_t worst_ns;
};

struct measure {
	struct measure_job jobs[WORKLOAD_JOBS_MAX];
	struct measure_spread turnaround, response, waiting;
	double jobs_per_s; /* from the first arrival to the last end */
	/*
	 * Jain's index of fairness, from 1 / jobs to 1: of what the jobs that competed for the CPU
	 * had of it, in proportion to their weights by nice. 1 if they never competed.
	 */
	double fairness;
	uint64_t switches;
	double switch_mean_ns;
	double switch_share; /* of the time from the first arrival to the last end */
};

void measure_timeline(struct measure *measure, const struct workload *workload,
		      const struct timeline *timeline);
