// SPDX-License-Identifier: MIT
#include "trace/trace_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

void trace_log_describe(struct trace_log *log, const struct trace_facts *facts)
{
	log->nr_cpus = facts->nr_cpus < TRACE_CPUS_MAX ? facts->nr_cpus : TRACE_CPUS_MAX;
	log->frequency_hz = facts->frequency_hz;
	log->entry_cycles = facts->entry_cycles;
}

int trace_log_add(struct trace_log *log, unsigned cpu, const struct trace_record *record)
{
	struct trace_track *track = &log->tracks[cpu];

	if (track->nr == track->room) {
		size_t room = track->room ? 2 * track->room : 1024;
		void *all = realloc(track->all, room * sizeof(*track->all));

		if (!all)
			return -ENOMEM;
		track->all = all;
		track->room = room;
	}
	track->all[track->nr] = *record;
	track->all[track->nr++].lap = (uint8_t)cpu;
	return 0;
}

size_t trace_log_count(const struct trace_log *log)
{
	size_t nr = log->nr;

	for (unsigned cpu = 0; cpu < TRACE_CPUS_MAX; cpu++)
		nr += log->tracks[cpu].nr;
	return nr;
}

uint64_t trace_log_lost(const struct trace_log *log)
{
	uint64_t lost = 0;

	for (unsigned cpu = 0; cpu < TRACE_CPUS_MAX; cpu++)
		lost += log->lost[cpu];
	return lost;
}

void trace_log_losses_text(const struct trace_log *log, struct trace_text *text)
{
	uint64_t lost = trace_log_lost(log);

	trace_text_add(text, "%" PRIu64 " of %" PRIu64 " events and copies of memory were lost",
		       lost, lost + log->nr);
}

/* The CPU whose next event is the earliest; -1: none has one left. */
static int earliest(const struct trace_log *log, const size_t *at)
{
	int best = -1;

	for (unsigned cpu = 0; cpu < TRACE_CPUS_MAX; cpu++) {
		const struct trace_track *track = &log->tracks[cpu];

		if (at[cpu] == track->nr)
			continue;
		if (best < 0 || track->all[at[cpu]].cycles < log->tracks[best].all[at[best]].cycles)
			best = (int)cpu;
	}
	return best;
}

int trace_log_merge(struct trace_log *log)
{
	size_t at[TRACE_CPUS_MAX] = {0}, nr = trace_log_count(log);
	int cpu;

	if (log->tracks[0].nr == nr) { /* nothing to merge */
		log->all = log->tracks[0].all;
		log->tracks[0] = (struct trace_track){0};
		log->nr = nr;
		return 0;
	}
	log->all = malloc((nr ? nr : 1) * sizeof(*log->all));
	if (!log->all)
		return -ENOMEM;
	while ((cpu = earliest(log, at)) >= 0)
		log->all[log->nr++] = log->tracks[cpu].all[at[cpu]++];
	for (unsigned i = 0; i < TRACE_CPUS_MAX; i++) {
		free(log->tracks[i].all);
		log->tracks[i] = (struct trace_track){0};
	}
	return 0;
}

void trace_log_fini(struct trace_log *log)
{
	for (unsigned cpu = 0; cpu < TRACE_CPUS_MAX; cpu++)
		free(log->tracks[cpu].all);
	free(log->all);
	*log = (struct trace_log){0};
}
