// SPDX-License-Identifier: MIT
// FUZZ: 1500
/*
 * The trace of a guest whose memory may hold anything: it is read, and written in every format. Of
 * the input, two bytes choose, the next are the area with its first rings, the rest are slots.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "trace/trace_formats.h"
#include "trace/trace_reader.h"

enum { MEMORY = 64 << 10, AREA = 4096, SLOTS = 16384, RINGS = 4, EVENTS_MAX = 512 };

static const char *const program[] = {"prog", NULL};

static void fill(unsigned char *memory, const uint8_t *data, size_t len, bool sound)
{
	struct trace_area *area = (struct trace_area *)(memory + AREA);
	size_t head = offsetof(struct trace_area, rings) + RINGS * sizeof(struct trace_ring);
	size_t part = len < head ? len : head;

	memcpy(area, data, part);
	if (len > part)
		memcpy(memory + SLOTS, data + part,
		       len - part < MEMORY - SLOTS ? len - part : MEMORY - SLOTS);
	if (!sound)
		return;
	area->magic = TRACE_MAGIC;
	area->version = TRACE_VERSION;
	area->record_bytes = sizeof(struct trace_record);
	for (unsigned i = 0; i < RINGS; i++) {
		area->rings[i].slots = SLOTS + (area->rings[i].slots & 0x3fc0);
		area->rings[i].nr_slots = 1ull << (area->rings[i].nr_slots & 7);
	}
}

static void write_formats(struct trace_reader *r, uint8_t how)
{
	static const char *const names[] = {"table", "json", "html", "perfetto", "strace", "count"};
	static FILE *out;
	struct trace_filter filter;
	struct trace_report report = {.log = &r->log,
				      .filter = &filter,
				      .kernel = "k",
				      .program = program,
				      .end = "exit 0",
				      .all = how & 1,
				      .width = 100};

	if (!out)
		out = fopen("/dev/null", "w");
	trace_filter_init(&filter);
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((how >> 2 & 1u << i) && trace_format_named(names[i])->write(out, &report))
			abort(); /* there is memory enough */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint64_t memory[MEMORY / sizeof(uint64_t)];
	struct trace_reader r = {.memory = (unsigned char *)memory,
				 .bytes = MEMORY,
				 .low_bytes = MEMORY,
				 .area_address = AREA,
				 .ring_bytes = MEMORY,
				 .events_max = EVENTS_MAX};

	if (len < 2)
		return 0;
	memset(memory, 0, sizeof(memory));
	fill(r.memory, data + 2, len - 2, data[0] & 1);
	r.drains = data[0] & 2;
	trace_reader_poll(&r);
	if (trace_reader_finish(&r) == 0) {
		if (r.log.nr > EVENTS_MAX)
			abort();
		write_formats(&r, data[1]);
	}
	trace_log_fini(&r.log);
	return 0;
}
