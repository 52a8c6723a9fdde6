/* SPDX-License-Identifier: MIT */
/* What a line of a saved trace says of an event. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "trace/trace_events.h"

/* The texts belong to the JSON, or the event itself; both stay. */
struct saved_event {
	const json_t *json, *args;
	enum trace_event event;
	const char *name; /* of the number in `detail`; NULL, but for calls */
	char number[16];  /* the name of a call that has none in the file */
	unsigned detail;
	uint32_t tid, line;
	unsigned cpu; /* below TRACE_CPUS_MAX */
	uint64_t cost_ns, runs_ns;
	bool of_program;
};

/*
 * Returns: NULL; or the name of a member that is missing, or has another type or more than
 * docs/trace.md says.
 */
const char *saved_event_read(struct saved_event *event, const json_t *step, uint32_t line);

/* The member @key of @object as a number of a thread; SAVED_NONE: it is none. */
uint32_t saved_event_number(const json_t *object, const char *key);

/* Whom the event is about, if that may be another than the thread that runs; SAVED_NONE. */
uint32_t saved_event_object(const struct saved_event *event);

/* Does it begin a step that another event ends? */
bool saved_event_begins(enum trace_event event);
/* The event that begins what @event ends; TRACE_none: it ends nothing. */
enum trace_event saved_event_begin_of(enum trace_event event);
