/* SPDX-License-Identifier: MIT */
/* Which steps are wanted: by event, time and process. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "trace/trace_model.h"

#define TRACE_PIDS_MAX 16u

struct trace_filter {
	bool events[NR_TRACE_EVENTS];
	uint64_t from_ns, to_ns;
	uint32_t pids[TRACE_PIDS_MAX]; /* none: all */
	unsigned nr_pids;
};

/* Everything is wanted. */
void trace_filter_init(struct trace_filter *filter);
/*
 * "call,sched", "!memory", "syscall_enter,signal": events and groups; '!' before one removes it,
 * and a list that begins with '!' removes from all. A panic is always wanted.
 * Returns: 0, or -EINVAL with the word that is neither in *word (not ended, of *len characters).
 */
int trace_filter_events(struct trace_filter *filter, const char *text, const char **word, int *len)
	__attribute__((warn_unused_result));

bool trace_filter_takes(const struct trace_filter *filter, const struct trace_model *model,
			const struct trace_step *step);

/* The name of the event's group: boot, process, call, trap, interrupt, sched, signal, memory. */
const char *trace_event_group(unsigned event);
/* Is it of the group boot? */
bool trace_event_is_boot(unsigned event);
