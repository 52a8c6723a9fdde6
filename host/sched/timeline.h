/* SPDX-License-Identifier: MIT */
/*
 * What became of the jobs of a workload under one policy: which ran when, from the trace of the
 * machine.
 *
 * A job is the process that run_jobs made for it, with all threads and processes that come from it.
 * It arrives when it is first woken, and has ended when the last of them has. Meanwhile it runs
 * (one of them does), is ready (none runs, but one would), or waits. Times are nanoseconds of the
 * machine's clock, from the time 0 of the workload.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sched/workload.h"
#include "trace/trace_log.h"

enum span_state { SPAN_READY, SPAN_RUNS, SPAN_WAITS };

struct timeline_span {
	unsigned job, cpu;
	enum span_state state;
	uint64_t from_ns, to_ns;
};

struct timeline_job {
	bool arrived, ran, ended;
	uint64_t arrival_ns, first_ns, end_ns; /* valid if it has arrived, ran, ended */
	uint64_t cpu_ns;		       /* of all its threads */
};

struct timeline {
	unsigned nr_jobs;
	struct timeline_job jobs[WORKLOAD_JOBS_MAX];
	struct timeline_span *spans; /* in the order in which they end; a job's have no gaps */
	size_t nr_spans, room;
	uint64_t end_ns; /* the last end of a job */
	/* Between the first arrival and the last end: changes of the thread that has a CPU. */
	uint64_t switches;
	uint64_t switch_ns; /* from the scheduler's picks to the first steps of the next threads */
};

/*
 * Read the jobs of @workload in the merged @log. Returns: 0; -ENOMEM; -ENODATA: a job has not
 * arrived, or has not ended. timeline_fini is due in every case.
 */
int timeline_read(struct timeline *timeline, const struct workload *workload,
		  const struct trace_log *log) __attribute__((warn_unused_result));

/* Add a span behind those that are there; one of no length is left out. Returns: 0 or -ENOMEM. */
int timeline_add_span(struct timeline *timeline, const struct timeline_span *span)
	__attribute__((warn_unused_result));

void timeline_fini(struct timeline *timeline);
