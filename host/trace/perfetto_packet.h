/* SPDX-License-Identifier: MIT */
/* One packet after another of a Perfetto trace. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "perfetto.pb-c.h"

struct perfetto_writer {
	FILE *out;
	uint64_t ns; /* the packets' time */
	int error;   /* -ENOMEM */
};

#define PERFETTO_NOTES_MAX 8u

/* The arguments of a slice or an instant. */
struct perfetto_notes {
	unsigned nr;
	Perfetto__DebugAnnotation all[PERFETTO_NOTES_MAX];
	Perfetto__DebugAnnotation *pointers[PERFETTO_NOTES_MAX];
};

/*
 * @text is kept by reference until the event is written; one more than PERFETTO_NOTES_MAX is left
 * out.
 */
void perfetto_note(struct perfetto_notes *notes, const char *name, const char *text);

/* Clocks: timestamps are nanoseconds since boot. */
void perfetto_write_clock(struct perfetto_writer *writer);
void perfetto_write_track(struct perfetto_writer *writer, Perfetto__TrackDescriptor *track);
void perfetto_write_tree(struct perfetto_writer *writer, Perfetto__GenericKernelProcessTree *tree);
void perfetto_write_state(struct perfetto_writer *writer, int64_t tid, unsigned cpu,
			  const char *name,
			  Perfetto__GenericKernelTaskStateEvent__TaskStateEnum state);
void perfetto_write_begin(struct perfetto_writer *writer, uint64_t track, const char *category,
			  const char *name, struct perfetto_notes *notes);
void perfetto_write_end(struct perfetto_writer *writer, uint64_t track,
			struct perfetto_notes *notes);
void perfetto_write_counter(struct perfetto_writer *writer, uint64_t track, int64_t value);
/* An instant at which the flow @flow begins, or ends. */
void perfetto_write_flow(struct perfetto_writer *writer, uint64_t track, const char *name,
			 uint64_t flow, int ends);
