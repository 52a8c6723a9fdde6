/* SPDX-License-Identifier: MIT */
/*
 * The events of one run, as they were recorded, in the order of time. Plain C: the guest's lde has
 * it, too.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "trace/trace_names.h"
#include "uapi/trace_wire.h"

/* What a kernel's trace_area says of itself, copied. */
struct trace_facts {
	uint32_t version, nr_cpus, record_bytes;
	uint64_t frequency_hz, entry_cycles;
};

/* One CPU's events as they came. */
struct trace_track {
	struct trace_record *all;
	size_t nr, room;
};

struct trace_log {
	unsigned nr_cpus;
	uint64_t frequency_hz; /* 0: the kernel ended before it knew; then a tick is a nanosecond */
	uint64_t entry_cycles;
	struct trace_track tracks[TRACE_CPUS_MAX]; /* until trace_log_merge */
	struct trace_record *all; /* by time; a record's lap is its CPU (trace_log_cpu) */
	size_t nr;
	uint64_t lost[TRACE_CPUS_MAX]; /* events that found no room */
	uint64_t torn;		       /* slots that were being written when the machine stopped */
};

static inline unsigned trace_log_cpu(const struct trace_record *record)
{
	return record->lap;
}

/* Take the facts that do not change. */
void trace_log_describe(struct trace_log *log, const struct trace_facts *facts);
/* Add an event of @cpu; those of one CPU come in order. Returns: 0 or -ENOMEM. */
int trace_log_add(struct trace_log *log, unsigned cpu, const struct trace_record *record)
	__attribute__((warn_unused_result));
/*
 * Put the events of all CPUs into one order: time, then CPU. Once, after the last trace_log_add.
 * Returns: 0 or -ENOMEM.
 */
int trace_log_merge(struct trace_log *log) __attribute__((warn_unused_result));
/* How many events are in it, before and after the merge. */
size_t trace_log_count(const struct trace_log *log);
uint64_t trace_log_lost(const struct trace_log *log);
/*
 * "99 of 3525 events and copies of memory were lost", for messages and formats: what was lost is
 * counted in records, of which a copy of a call's memory is one, too. Only if some were, and after
 * the merge.
 */
void trace_log_losses_text(const struct trace_log *log, struct trace_text *text);
void trace_log_fini(struct trace_log *log);
