// SPDX-License-Identifier: MIT
#include "sched/sched_strip.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Add what @span has of each column to that of its job. */
static void add_span(double ns[SCHED_STRIP_COLUMNS][WORKLOAD_JOBS_MAX],
		     const struct timeline_span *span, double column_ns)
{
	double from = (double)span->from_ns, to = (double)span->to_ns;
	unsigned column;

	/* A guest that has gone mad may have events after the end. */
	if (from >= SCHED_STRIP_COLUMNS * column_ns)
		return;
	for (column = (unsigned)(from / column_ns);
	     column < SCHED_STRIP_COLUMNS && column * column_ns < to; column++) {
		double begin = column * column_ns, end = begin + column_ns;

		ns[column][span->job] += (to < end ? to : end) - (from > begin ? from : begin);
	}
}

/*
 * The job whose letter a column gets, of those that had the CPU in it; -1: nobody had. What a job
 * had in columns with other letters is not forgotten: one that has a tenth of the time, in short
 * turns, gets about a tenth of the letters.
 */
static int choose_job(const double ns[WORKLOAD_JOBS_MAX], double owed[WORKLOAD_JOBS_MAX],
		      double least_ns)
{
	double sum = 0;
	int chosen = -1;

	for (int job = 0; job < WORKLOAD_JOBS_MAX; job++) {
		if (ns[job] <= least_ns)
			continue;
		sum += ns[job];
		owed[job] += ns[job];
		if (chosen < 0 || owed[job] > owed[chosen])
			chosen = job;
	}
	if (chosen >= 0)
		owed[chosen] -= sum;
	return chosen;
}

void sched_strip_letters(const struct workload *w, char letters[WORKLOAD_JOBS_MAX])
{
	char next = 'A'; /* up to 'Z' there are more letters than jobs */

	memset(letters, 0, WORKLOAD_JOBS_MAX);
	for (unsigned i = 0; i < w->nr_jobs; i++)
		if (isalnum((unsigned char)w->jobs[i].name[0]) && !w->jobs[i].name[1])
			letters[i] = w->jobs[i].name[0];
	for (unsigned i = 0; i < w->nr_jobs; i++) {
		if (letters[i])
			continue;
		while (memchr(letters, next, w->nr_jobs))
			next++;
		letters[i] = next;
	}
}

void sched_strip(const struct timeline *t, const char letters[WORKLOAD_JOBS_MAX], unsigned cpu,
		 uint64_t end_ns, char strip[SCHED_STRIP_COLUMNS + 1])
{
	double ns[SCHED_STRIP_COLUMNS][WORKLOAD_JOBS_MAX] = {{0}}, owed[WORKLOAD_JOBS_MAX] = {0};
	double column_ns = (double)(end_ns ? end_ns : 1) / SCHED_STRIP_COLUMNS;

	for (size_t i = 0; i < t->nr_spans; i++)
		if (t->spans[i].state == SPAN_RUNS && t->spans[i].cpu == cpu)
			add_span(ns, &t->spans[i], column_ns);
	for (unsigned column = 0; column < SCHED_STRIP_COLUMNS; column++) {
		/* What cannot be seen on a clock is no turn: a span ends a little late. */
		int job = choose_job(ns[column], owed, column_ns / 100);

		strip[column] = job < 0 ? '.' : letters[job];
	}
	strip[SCHED_STRIP_COLUMNS] = '\0';
}

/* Which letter is which job, where that is not the job's name. */
static void write_legend(FILE *out, const struct workload *w, const char *letters)
{
	const char *separator = "";

	for (unsigned i = 0; i < w->nr_jobs; i++) {
		if (w->jobs[i].name[0] == letters[i] && !w->jobs[i].name[1])
			continue;
		fprintf(out, "%s%c is %s", separator, letters[i], w->jobs[i].name);
		separator = ", ";
	}
	if (*separator)
		fputc('\n', out);
}

void sched_strips_write(FILE *out, const struct sched_result *result, unsigned cpus, int width)
{
	char strip[SCHED_STRIP_COLUMNS + 1], letters[WORKLOAD_JOBS_MAX];
	uint64_t end_ns = 0;

	sched_strip_letters(result->workload, letters);
	for (unsigned i = 0; i < result->nr_runs; i++)
		if (result->runs[i].timeline.end_ns > end_ns)
			end_ns = result->runs[i].timeline.end_ns;
	fprintf(out, "%-*s 0%*.*f ms\n", width, "who has the CPU", SCHED_STRIP_COLUMNS - 1,
		end_ns < 10 * WORKLOAD_NS_PER_MS ? 2 : 0, (double)end_ns / WORKLOAD_NS_PER_MS);
	for (unsigned i = 0; i < result->nr_runs; i++) {
		for (unsigned cpu = 0; cpu < cpus; cpu++) {
			sched_strip(&result->runs[i].timeline, letters, cpu, end_ns, strip);
			fprintf(out, "%-*s %s\n", width, cpu ? "" : result->runs[i].policy, strip);
		}
	}
	write_legend(out, result->workload, letters);
}
