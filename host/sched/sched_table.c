// SPDX-License-Identifier: MIT
#include <string.h>

#include "sched/sched_strip.h"

enum { POLICY_WIDTH = 15 };

static double ms(double ns)
{
	return ns / WORKLOAD_NS_PER_MS;
}

static unsigned policy_width(const struct sched_result *result)
{
	size_t width = POLICY_WIDTH;

	for (unsigned i = 0; i < result->nr_runs; i++)
		if (strlen(result->runs[i].policy) > width)
			width = strlen(result->runs[i].policy);
	return (unsigned)width;
}

static void print_spread(FILE *out, const struct measure_spread *spread)
{
	fprintf(out, " %8.2f %8.2f", ms(spread->mean_ns), ms((double)spread->worst_ns));
}

/* Below the means; nothing where the textbook says nothing. */
static void print_expected(FILE *out, const struct workload_expect *expect, int width)
{
	fprintf(out, "%-*s", width, "  textbook");
	if (expect->turnaround_ms >= 0)
		fprintf(out, " %8.2f", expect->turnaround_ms);
	if (expect->response_ms >= 0)
		fprintf(out, " %*.2f", expect->turnaround_ms >= 0 ? 17 : 26, expect->response_ms);
	fputc('\n', out);
}

static void print_run(FILE *out, const struct sched_run *run, int width)
{
	const struct measure *m = &run->measure;

	fprintf(out, "%-*s", width, run->policy);
	print_spread(out, &m->turnaround);
	print_spread(out, &m->response);
	print_spread(out, &m->waiting);
	fprintf(out, " %8.2f %8.3f %8llu %7.2f %6.2f%%\n", m->jobs_per_s, m->fairness,
		(unsigned long long)m->switches, m->switch_mean_ns / 1000, 100 * m->switch_share);
	if (run->expect)
		print_expected(out, run->expect, width);
}

static void print_result(FILE *out, const struct sched_result *result, unsigned cpus)
{
	int width = (int)policy_width(result);

	fprintf(out, "%s: %s\n\n", result->name, result->workload->title);
	fprintf(out, "%-*s %17s %17s %17s %8s %8s %8s %15s\n", width, "times in ms", "turnaround",
		"response", "waiting", "jobs", "", "", "a switch costs");
	fprintf(out, "%-*s %8s %8s %8s %8s %8s %8s %8s %8s %8s %7s %7s\n", width, "policy", "mean",
		"worst", "mean", "worst", "mean", "worst", "a second", "fairness", "switches", "us",
		"in all");
	for (unsigned i = 0; i < result->nr_runs; i++)
		print_run(out, &result->runs[i], width);
	fputc('\n', out);
	sched_strips_write(out, result, cpus, width);
}

int sched_table_write(FILE *out, const struct sched_report *report)
{
	for (unsigned i = 0; i < report->nr; i++) {
		if (i)
			fputc('\n', out);
		print_result(out, &report->results[i], report->cpus);
	}
	return 0;
}
