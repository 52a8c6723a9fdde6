// SPDX-License-Identifier: MIT
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "sched/sched_report.h"

static const char *const state_names[] = {
	[SPAN_READY] = "ready", [SPAN_RUNS] = "runs", [SPAN_WAITS] = "waits"};

static json_t *number_ms(double ns)
{
	return json_real(ns / WORKLOAD_NS_PER_MS);
}

static json_t *spread(const struct measure_spread *s)
{
	return json_pack("{s:o, s:o}", "mean", number_ms(s->mean_ns), "worst",
			 number_ms((double)s->worst_ns));
}

static json_t *job(const struct sched_result *result, const struct sched_run *run, unsigned i)
{
	const struct timeline_job *t = &run->timeline.jobs[i];
	const struct measure_job *m = &run->measure.jobs[i];
	json_t *spans = json_array();

	for (size_t n = 0; n < run->timeline.nr_spans; n++) {
		const struct timeline_span *span = &run->timeline.spans[n];

		if (span->job == i)
			json_array_append_new(
				spans, json_pack("{s:s, s:i, s:o, s:o}", "state",
						 state_names[span->state], "cpu", (int)span->cpu,
						 "from", number_ms((double)span->from_ns), "to",
						 number_ms((double)span->to_ns)));
	}
	return json_pack("{s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name",
			 result->workload->jobs[i].name, "nice", result->workload->jobs[i].nice,
			 "arrival", number_ms((double)t->arrival_ns), "first_run",
			 number_ms((double)t->first_ns), "end", number_ms((double)t->end_ns), "cpu",
			 number_ms((double)t->cpu_ns), "turnaround",
			 number_ms((double)m->turnaround_ns), "response",
			 number_ms((double)m->response_ns), "waiting",
			 number_ms((double)m->waiting_ns), "timeline", spans);
}

static json_t *figure(double value)
{
	return value >= 0 ? json_real(value) : json_null();
}

static json_t *policy(const struct sched_result *result, const struct sched_run *run)
{
	const struct measure *m = &run->measure;
	json_t *jobs = json_array(), *expected = json_null();

	for (unsigned i = 0; i < result->workload->nr_jobs; i++)
		json_array_append_new(jobs, job(result, run, i));
	if (run->expect)
		expected = json_pack("{s:o, s:o}", "turnaround", figure(run->expect->turnaround_ms),
				     "response", figure(run->expect->response_ms));
	return json_pack("{s:s, s:o, s:o, s:o, s:f, s:f, s:I, s:f, s:f, s:o, s:o}", "policy",
			 run->policy, "turnaround", spread(&m->turnaround), "response",
			 spread(&m->response), "waiting", spread(&m->waiting), "jobs_per_s",
			 m->jobs_per_s, "fairness", m->fairness, "switches",
			 (json_int_t)m->switches, "switch_us", m->switch_mean_ns / 1000,
			 "switch_share", m->switch_share, "textbook", expected, "jobs", jobs);
}

int sched_json_write(FILE *out, const struct sched_report *report)
{
	json_t *workloads = json_array(), *all;
	char *text;

	for (unsigned i = 0; i < report->nr; i++) {
		const struct sched_result *result = &report->results[i];
		json_t *policies = json_array();

		for (unsigned n = 0; n < result->nr_runs; n++)
			json_array_append_new(policies, policy(result, &result->runs[n]));
		json_array_append_new(workloads,
				      json_pack("{s:s, s:s, s:o}", "name", result->name, "title",
						result->workload->title, "policies", policies));
	}
	all = json_pack("{s:i, s:i, s:o}", "version", 1, "cpus", (int)report->cpus, "workloads",
			workloads);
	text = json_dumps(all, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
	json_decref(all);
	if (!text)
		return -ENOMEM;
	fprintf(out, "%s\n", text);
	free(text);
	return 0;
}
