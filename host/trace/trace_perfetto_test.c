// SPDX-License-Identifier: MIT
#include "trace/trace_perfetto.h"

#include "perfetto.pb-c.h"
#include "trace/fake_log.h"
#include "trace/trace_filter.h"

typedef Perfetto__TrackEvent__Type event_type;
#define EVENT_TYPE(name) PERFETTO__TRACK_EVENT__TYPE__TYPE_##name

static Perfetto__Trace *written(struct trace_log *log, uint64_t from_ns, uint64_t to_ns)
{
	struct trace_filter filter;
	struct trace_report report = {.log = log, .filter = &filter, .kernel = "", .end = ""};
	Perfetto__Trace *trace;
	char *bytes;
	size_t len;
	FILE *out = open_memstream(&bytes, &len);

	trace_filter_init(&filter);
	filter.from_ns = from_ns;
	filter.to_ns = to_ns;
	assert_int_equal(trace_log_merge(log), 0);
	assert_int_equal(trace_perfetto_write(out, &report), 0);
	fclose(out);
	trace = perfetto__trace__unpack(NULL, len, (uint8_t *)bytes);
	assert_non_null(trace);
	free(bytes);
	trace_log_fini(log);
	return trace;
}

static unsigned count(const Perfetto__Trace *trace, event_type type)
{
	unsigned nr = 0;

	for (size_t i = 0; i < trace->n_packet; i++) {
		const Perfetto__TracePacket *p = trace->packet[i];

		nr += p->data_case == PERFETTO__TRACE_PACKET__DATA_TRACK_EVENT &&
		      p->track_event->type == type;
	}
	return nr;
}

static void fill(struct trace_log *log)
{
	FAKE(log, 1000, 5, user_enter, 0, 5, 0x400000, 0x7000);
	FAKE(log, 2000, 5, syscall_enter, 1, 1, 0x5000, 6);
	FAKE(log, 2500, 5, sched_pick, 4, 6, 3, 4000);
	FAKE(log, 3000, 5, sched_switch, 4, 5, 6, FAKE_STATE("sleeping"), 0, 0, 0);
	FAKE(log, 4000, 6, sched_wake, 0, 5, 0);
	FAKE(log, 5000, 6, sched_switch, 2, 6, 5, FAKE_STATE("ready"), 0, 0, 0);
	FAKE(log, 6000, 5, syscall_exit, 1, 6, 0x401234);
	FAKE(log, 7000, 5, syscall_enter, 1, 1, 0x5000, 6); /* and here it is cut off */
}

static void test_trace(void **state)
{
	struct trace_log log = {0};
	Perfetto__Trace *trace;
	uint64_t flow = 0, last = 0;
	unsigned states = 0, ends = 0;

	(void)state;
	fill(&log);
	trace = written(&log, 0, UINT64_MAX);
	assert_int_equal(count(trace, EVENT_TYPE(SLICE_BEGIN)), 7);
	assert_int_equal(count(trace, EVENT_TYPE(SLICE_END)), 7); /* P1 */
	assert_int_equal(count(trace, EVENT_TYPE(COUNTER)), 2);
	for (size_t i = 0; i < trace->n_packet; i++) {
		const Perfetto__TracePacket *p = trace->packet[i];

		assert_true(p->timestamp >= last); /* P3 */
		last = p->timestamp;
		states += p->data_case ==
			  PERFETTO__TRACE_PACKET__DATA_GENERIC_KERNEL_TASK_STATE_EVENT;
		if (p->data_case != PERFETTO__TRACE_PACKET__DATA_TRACK_EVENT)
			continue;
		if (p->track_event->n_flow_ids)
			flow = p->track_event->flow_ids[0];
		if (p->track_event->n_terminating_flow_ids) {
			assert_int_equal(p->track_event->terminating_flow_ids[0], flow);
			ends++;
		}
	}
	assert_int_equal(last, 7000);
	assert_int_equal(states, 6); /* 5 runs, sleeps; 6 runs; 5 is ready; 6 is ready, 5 runs */
	assert_int_equal(ends, 1);
	perfetto__trace__free_unpacked(trace, NULL);
}

/* What began before the part begins with it, and ends with it. */
static void test_part(void **state)
{
	struct trace_log log = {0};
	Perfetto__Trace *trace;

	(void)state;
	fill(&log);
	trace = written(&log, 2200, 3500);
	assert_int_equal(count(trace, EVENT_TYPE(SLICE_BEGIN)), 2);
	assert_int_equal(count(trace, EVENT_TYPE(SLICE_END)), 2);
	assert_int_equal(trace->packet[trace->n_packet - 1]->timestamp, 3000);
	perfetto__trace__free_unpacked(trace, NULL);
}

/* A message to another CPU is a flow to its interrupt there; one that is not taken has no flow. */
static void test_messages(void **state)
{
	unsigned resched = FAKE_TRAP("reschedule message");
	struct trace_log log = {0};
	Perfetto__Trace *trace;
	uint64_t begun_on = 0, ended_on = 0, flow = 0;

	(void)state;
	FAKE(&log, 1000, 5, message_send, resched, 1);
	FAKE_ON(&log, 1, 2000, 6, interrupt_enter, resched, 0x1000, 253, 1);
	FAKE_ON(&log, 1, 2100, 6, interrupt_exit, resched, 0x1000, 1);
	FAKE(&log, 3000, 5, message_send, resched, 1);
	trace = written(&log, 0, UINT64_MAX);
	for (size_t i = 0; i < trace->n_packet; i++) {
		const Perfetto__TracePacket *p = trace->packet[i];
		const Perfetto__TrackEvent *e = p->track_event;

		if (p->data_case != PERFETTO__TRACE_PACKET__DATA_TRACK_EVENT)
			continue;
		if (e->n_flow_ids) {
			assert_int_equal(p->timestamp, 1000);
			assert_string_equal(e->name, "to CPU 1: reschedule message");
			begun_on = e->track_uuid;
			flow = e->flow_ids[0];
		}
		if (e->n_terminating_flow_ids) {
			assert_int_equal(p->timestamp, 2000);
			assert_string_equal(e->name, "from CPU 0: reschedule message");
			ended_on = e->track_uuid;
			assert_int_equal(e->terminating_flow_ids[0], flow);
		}
	}
	assert_true(begun_on && ended_on && begun_on != ended_on);
	perfetto__trace__free_unpacked(trace, NULL);
}

static void test_empty(void **state)
{
	struct trace_log log = {.nr_cpus = 1};
	Perfetto__Trace *trace;

	(void)state;
	trace = written(&log, 0, UINT64_MAX);
	assert_int_equal(count(trace, EVENT_TYPE(SLICE_END)), 0);
	perfetto__trace__free_unpacked(trace, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_part),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
