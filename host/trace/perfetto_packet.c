// SPDX-License-Identifier: MIT
/*
 * perfetto_packet.c -- packets of Perfetto's trace format.
 *
 * Idea.  A file is one message that repeats a field; written packet by packet it has the same
 *   bytes. So a trace of any length needs the memory of one packet. Packets are put together on the
 *   stack, from texts that the caller keeps until the function returns.
 * Invariants.
 *   P1  A packet that cannot be made for want of memory is left out whole, and w->error says so.
 * Tests.  trace_perfetto_test.c, tests/system/trace_perfetto.t.
 */
#include "trace/perfetto_packet.h"

#include <errno.h>
#include <stdlib.h>

/* Ours is the only sequence of packets. */
enum { SEQUENCE = 1, CLOCK_BOOTTIME_ID = 6 };

typedef Perfetto__TrackEvent__Type event_type;
#define EVENT_TYPE(name) PERFETTO__TRACK_EVENT__TYPE__TYPE_##name
#define DATA_CASE(name) PERFETTO__TRACE_PACKET__DATA_##name

/* A file is one Trace message; written packet by packet, it is the same bytes. */
static void write_packet(struct perfetto_writer *w, Perfetto__TracePacket *packet)
{
	Perfetto__TracePacket *packets[] = {packet};
	Perfetto__Trace trace = PERFETTO__TRACE__INIT;
	uint8_t small[4096], *bytes = small;
	size_t size;

	packet->has_timestamp = packet->has_trusted_packet_sequence_id = 1;
	packet->timestamp = w->ns;
	packet->trusted_packet_sequence_id = SEQUENCE;
	trace.n_packet = 1;
	trace.packet = packets;
	size = perfetto__trace__get_packed_size(&trace);
	if (size > sizeof(small))
		bytes = malloc(size);
	if (!bytes) {
		w->error = -ENOMEM;
		return;
	}
	perfetto__trace__pack(&trace, bytes);
	fwrite(bytes, 1, size, w->out);
	if (bytes != small)
		free(bytes);
}

void perfetto_note(struct perfetto_notes *notes, const char *name, const char *text)
{
	Perfetto__DebugAnnotation *note;

	if (notes->nr == PERFETTO_NOTES_MAX)
		return;
	note = &notes->all[notes->nr];
	perfetto__debug_annotation__init(note);
	note->name = (char *)name;
	note->value_case = PERFETTO__DEBUG_ANNOTATION__VALUE_STRING_VALUE;
	note->string_value = (char *)text;
	notes->pointers[notes->nr++] = note;
}

void perfetto_write_clock(struct perfetto_writer *w)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	Perfetto__ClockSnapshot snapshot = PERFETTO__CLOCK_SNAPSHOT__INIT;
	Perfetto__ClockSnapshot__Clock clock = PERFETTO__CLOCK_SNAPSHOT__CLOCK__INIT;
	Perfetto__ClockSnapshot__Clock *clocks[] = {&clock};

	clock.has_clock_id = clock.has_timestamp = 1;
	clock.clock_id = CLOCK_BOOTTIME_ID;
	clock.timestamp = w->ns;
	snapshot.n_clocks = 1;
	snapshot.clocks = clocks;
	packet.data_case = DATA_CASE(CLOCK_SNAPSHOT);
	packet.clock_snapshot = &snapshot;
	write_packet(w, &packet);
}

void perfetto_write_track(struct perfetto_writer *w, Perfetto__TrackDescriptor *track)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	packet.data_case = DATA_CASE(TRACK_DESCRIPTOR);
	packet.track_descriptor = track;
	write_packet(w, &packet);
}

void perfetto_write_tree(struct perfetto_writer *w, Perfetto__GenericKernelProcessTree *tree)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	packet.data_case = DATA_CASE(GENERIC_KERNEL_PROCESS_TREE);
	packet.generic_kernel_process_tree = tree;
	write_packet(w, &packet);
}

void perfetto_write_state(struct perfetto_writer *w, int64_t tid, unsigned cpu, const char *name,
			  Perfetto__GenericKernelTaskStateEvent__TaskStateEnum state)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	Perfetto__GenericKernelTaskStateEvent event =
		PERFETTO__GENERIC_KERNEL_TASK_STATE_EVENT__INIT;

	event.has_cpu = event.has_tid = event.has_state = 1;
	event.cpu = (int32_t)cpu;
	event.tid = tid;
	event.comm = (char *)name;
	event.state = state;
	packet.data_case = DATA_CASE(GENERIC_KERNEL_TASK_STATE_EVENT);
	packet.generic_kernel_task_state_event = &event;
	write_packet(w, &packet);
}

static void write_event(struct perfetto_writer *w, Perfetto__TrackEvent *event, event_type type,
			uint64_t track, struct perfetto_notes *notes)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	event->has_type = event->has_track_uuid = 1;
	event->type = type;
	event->track_uuid = track;
	if (notes) {
		event->n_debug_annotations = notes->nr;
		event->debug_annotations = notes->pointers;
	}
	packet.data_case = DATA_CASE(TRACK_EVENT);
	packet.track_event = event;
	write_packet(w, &packet);
}

void perfetto_write_begin(struct perfetto_writer *w, uint64_t track, const char *category,
			  const char *name, struct perfetto_notes *notes)
{
	Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;
	char *categories[] = {(char *)category};

	event.name = (char *)name;
	event.n_categories = 1;
	event.categories = categories;
	write_event(w, &event, EVENT_TYPE(SLICE_BEGIN), track, notes);
}

void perfetto_write_end(struct perfetto_writer *w, uint64_t track, struct perfetto_notes *notes)
{
	Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;

	write_event(w, &event, EVENT_TYPE(SLICE_END), track, notes);
}

void perfetto_write_counter(struct perfetto_writer *w, uint64_t track, int64_t value)
{
	Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;

	event.has_counter_value = 1;
	event.counter_value = value;
	write_event(w, &event, EVENT_TYPE(COUNTER), track, NULL);
}

void perfetto_write_flow(struct perfetto_writer *w, uint64_t track, const char *name, uint64_t flow,
			 int ends)
{
	Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;
	uint64_t flows[] = {flow};
	char *categories[] = {(char *)"sched"};

	event.name = (char *)name;
	event.n_categories = 1;
	event.categories = categories;
	if (ends) {
		event.n_terminating_flow_ids = 1;
		event.terminating_flow_ids = flows;
	} else {
		event.n_flow_ids = 1;
		event.flow_ids = flows;
	}
	write_event(w, &event, EVENT_TYPE(INSTANT), track, NULL);
}
