// SPDX-License-Identifier: MIT
/*
 * measure.c -- means, worst cases, fairness.
 *
 * Idea.  Fairness is a question only while jobs compete. So the time is cut where a job arrives or
 *   ends. In each part, a job's share is the part that it ran of the time in which it wanted to
 *   run, divided by its weight: Jain's index of these, (sum x)^2 / (n * sum x^2), is 1 if all are
 *   equal and 1/n if one has everything. The parts count by their lengths; one in which fewer than
 *   two jobs wanted the CPU does not. So turns are fair, whatever the lengths of the jobs, and one
 *   job after the other is not, although in the end each has had what it needed.
 * Tests.  measure_test.c.
 */
#include "sched/measure.h"

#include <math.h>
#include <stdlib.h>

#define WEIGHT_STEP 1.25 /* of one nice, as Linux has it */

static void add_to(struct measure_spread *spread, uint64_t ns, unsigned nr)
{
	spread->mean_ns += (double)ns / nr;
	if (ns > spread->worst_ns)
		spread->worst_ns = ns;
}

static void measure_jobs(struct measure *m, const struct timeline *t)
{
	for (size_t i = 0; i < t->nr_spans; i++)
		if (t->spans[i].state == SPAN_READY)
			m->jobs[t->spans[i].job].waiting_ns +=
				t->spans[i].to_ns - t->spans[i].from_ns;
	for (unsigned i = 0; i < t->nr_jobs; i++) {
		const struct timeline_job *job = &t->jobs[i];
		struct measure_job *to = &m->jobs[i];

		to->turnaround_ns = job->end_ns - job->arrival_ns;
		to->response_ns = job->ran ? job->first_ns - job->arrival_ns : to->turnaround_ns;
		add_to(&m->turnaround, to->turnaround_ns, t->nr_jobs);
		add_to(&m->response, to->response_ns, t->nr_jobs);
		add_to(&m->waiting, to->waiting_ns, t->nr_jobs);
	}
}

/* ---- fairness ---- */

static int by_time(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t overlap(const struct timeline_span *span, uint64_t from, uint64_t to)
{
	uint64_t begin = span->from_ns > from ? span->from_ns : from;
	uint64_t end = span->to_ns < to ? span->to_ns : to;

	return end > begin ? end - begin : 0;
}

/* Jain's index in one part. Returns: 0 if no two jobs wanted the CPU. */
static double part_fairness(const struct workload *w, const struct timeline *t, uint64_t from,
			    uint64_t to)
{
	double ran[WORKLOAD_JOBS_MAX] = {0}, wanted[WORKLOAD_JOBS_MAX] = {0};
	double sum = 0, squares = 0;
	unsigned nr = 0;

	for (size_t i = 0; i < t->nr_spans; i++) {
		const struct timeline_span *span = &t->spans[i];
		double ns = (double)overlap(span, from, to);

		if (span->state == SPAN_RUNS)
			ran[span->job] += ns;
		if (span->state != SPAN_WAITS)
			wanted[span->job] += ns;
	}
	for (unsigned i = 0; i < t->nr_jobs; i++) {
		double share;

		if (wanted[i] <= 0)
			continue;
		share = ran[i] / wanted[i] * pow(WEIGHT_STEP, w->jobs[i].nice);
		sum += share;
		squares += share * share;
		nr++;
	}
	return nr < 2 || squares <= 0 ? 0 : sum * sum / (nr * squares);
}

static double fairness_of(const struct workload *w, const struct timeline *t)
{
	uint64_t cuts[2 * WORKLOAD_JOBS_MAX];
	double sum = 0, length = 0;
	unsigned nr = 0;

	for (unsigned i = 0; i < t->nr_jobs; i++) {
		cuts[nr++] = t->jobs[i].arrival_ns;
		cuts[nr++] = t->jobs[i].end_ns;
	}
	qsort(cuts, nr, sizeof(cuts[0]), by_time);
	for (unsigned i = 0; i + 1 < nr; i++) {
		double part = (double)(cuts[i + 1] - cuts[i]);
		double fairness = part_fairness(w, t, cuts[i], cuts[i + 1]);

		if (fairness <= 0)
			continue;
		sum += fairness * part;
		length += part;
	}
	return length > 0 ? sum / length : 1;
}

void measure_timeline(struct measure *m, const struct workload *w, const struct timeline *t)
{
	uint64_t first_ns = UINT64_MAX;
	double length_ns;

	*m = (struct measure){0};
	measure_jobs(m, t);
	for (unsigned i = 0; i < t->nr_jobs; i++)
		if (t->jobs[i].arrival_ns < first_ns)
			first_ns = t->jobs[i].arrival_ns;
	length_ns = fmax(1, (double)(t->end_ns - first_ns));
	m->jobs_per_s = t->nr_jobs / (length_ns / 1e9);
	m->fairness = fairness_of(w, t);
	m->switches = t->switches;
	m->switch_mean_ns = t->switches ? (double)t->switch_ns / (double)t->switches : 0;
	m->switch_share = (double)t->switch_ns / length_ns;
}
