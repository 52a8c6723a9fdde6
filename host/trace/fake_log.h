/* SPDX-License-Identifier: MIT */
/* For unit tests: logs written by hand. */
#pragma once

#include "trace/trace_log.h"
#include "trace/trace_model.h"
#include "trace/trace_names.h"
#include "base/unit.h"

/* An event of thread @tid at @ns on @cpu. */
static inline void fake_event(struct trace_log *log, unsigned cpu, uint64_t ns, uint32_t tid,
			      unsigned event, unsigned detail, const uint64_t args[TRACE_ARGS])
{
	struct trace_record record = {
		.tid = tid, .detail = (uint16_t)detail, .event = (uint8_t)event, .cycles = ns};

	memcpy(record.args, args, sizeof(record.args));
	if (log->nr_cpus <= cpu)
		log->nr_cpus = cpu + 1;
	log->frequency_hz = 1000000000;
	assert_int_equal(trace_log_add(log, cpu, &record), 0);
}

#define FAKE_ON(log, cpu, ns, tid, event, detail, ...)                                             \
	fake_event(log, cpu, ns, tid, TRACE_##event, detail,                                       \
		   (const uint64_t[TRACE_ARGS]){__VA_ARGS__})
#define FAKE(log, ns, tid, event, detail, ...) FAKE_ON(log, 0, ns, tid, event, detail, __VA_ARGS__)

/* A piece of the memory of thread @tid's call. */
static inline void fake_data(struct trace_log *log, uint64_t ns, uint32_t tid, uint64_t address,
			     const void *bytes, size_t len)
{
	uint64_t args[TRACE_ARGS] = {address};

	assert_true(len <= TRACE_DATA_MAX);
	memcpy(&args[1], bytes, len);
	fake_event(log, 0, ns, tid, TRACE_syscall_data, (unsigned)len, args);
}

/* Eight bytes of a name. */
static inline uint64_t fake_word(const char *text)
{
	uint64_t word = 0;

	memcpy(&word, text, strlen(text) < 8 ? strlen(text) : 8);
	return word;
}

/* The number of the trap, or of the thread's state, that the kernel calls so. */
static inline unsigned fake_number(enum trace_naming naming, const char *name)
{
	for (unsigned i = 0; i < 32; i++) {
		const char *known = trace_name(naming, i);

		if (known && strcmp(known, name) == 0)
			return i;
	}
	fail_msg("the kernel has no %s", name);
	return 0;
}

#define FAKE_TRAP(name) fake_number(TRACE_TRAPS, name)
#define FAKE_STATE(name) fake_number(TRACE_STATES, name)
