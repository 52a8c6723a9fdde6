// SPDX-License-Identifier: MIT
// FUZZ: 4000
/*
 * Workloads, which a user writes: what is read is written and read again as the same. And timelines
 * from a trace whose events may be in any order: if there are any, they are measured and drawn. The
 * first byte chooses: 0 is a trace, of one byte for the CPU and a record each.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "sched/sched_report.h"
#include "sched/sched_strip.h"

static struct workload workload, again;

static void take_command(const struct workload_job *job)
{
	char buffer[WORKLOAD_COMMAND_BYTES], *argv[WORKLOAD_WORDS_MAX + 1];
	static struct workload_job copy;
	int nr;

	if (!job->command[0])
		return;
	nr = workload_words(job->command, buffer, argv);
	if (nr < 1)
		abort(); /* it was read */
	if (workload_set_command(&copy, argv, nr) == 0 &&
	    workload_words(copy.command, buffer, argv) != nr)
		abort();
}

static void take_workload(const char *text, size_t len)
{
	struct workload_error error;
	char *written = NULL;
	size_t written_len = 0;
	FILE *out;

	if (workload_parse(&workload, text, len, &error)) {
		if (!error.text[0])
			abort();
		return;
	}
	for (unsigned i = 0; i < workload.nr_jobs; i++)
		take_command(&workload.jobs[i]);
	out = open_memstream(&written, &written_len);
	workload_write(out, &workload);
	fclose(out);
	if (workload_parse(&again, written, written_len, &error) ||
	    again.nr_jobs != workload.nr_jobs || again.nr_expects != workload.nr_expects ||
	    strcmp(again.title, workload.title) != 0)
		abort();
	free(written);
}

static void show(const struct timeline *timeline)
{
	static FILE *out;
	struct sched_run run = {.policy = "p", .timeline = *timeline};
	struct sched_result result = {"w", &workload, &run, 1};
	struct sched_report report = {&result, 1, 2};

	if (!out)
		out = fopen("/dev/null", "w");
	measure_timeline(&run.measure, &workload, timeline);
	sched_table_write(out, &report);
	sched_json_write(out, &report);
	sched_html_write(out, &report);
}

static void take_trace(const uint8_t *data, size_t len)
{
	static const char text[] = "job A cpu 1\njob B at 1 cpu 1 io 1 times 2\n";
	struct trace_log log = {.nr_cpus = 2, .frequency_hz = 1000000000};
	struct workload_error error;
	struct timeline timeline;

	if (workload_parse(&workload, text, strlen(text), &error))
		abort();
	for (; len > sizeof(struct trace_record); len -= 1 + sizeof(struct trace_record)) {
		struct trace_record record;

		memcpy(&record, data + 1, sizeof(record));
		if (trace_log_add(&log, *data % 2, &record))
			abort();
		data += 1 + sizeof(record);
	}
	if (trace_log_merge(&log) == 0 && timeline_read(&timeline, &workload, &log) == 0)
		show(&timeline);
	timeline_fini(&timeline);
	trace_log_fini(&log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len && data[0] == 0)
		take_trace(data + 1, len - 1);
	else
		take_workload((const char *)data, len);
	return 0;
}
