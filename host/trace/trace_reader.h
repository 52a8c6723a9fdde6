/* SPDX-License-Identifier: MIT */
/* Reads the kernel's rings out of the guest's memory, while the guest runs and after its end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/trace_log.h"

struct trace_reader {
	unsigned char *memory; /* the guest's, shared with it */
	uint64_t bytes;
	uint64_t low_bytes;    /* how many of them are below 4 GiB; the rest begins at 4 GiB */
	uint64_t area_address; /* physical, of the kernel's trace_area */
	bool drains;	       /* slots are given back as they are read */
	uint64_t ring_bytes;   /* the size of all rings together, at most; more is not read */
	/* from then on no slots are given back, and the guest counts losses */
	uint64_t events_max;
	uint64_t next[TRACE_CPUS_MAX];
	struct trace_log log;
	int error; /* -ENOMEM: reading has ended early */
};

/* Has the kernel made its rings? Context: any thread. */
bool trace_reader_has_begun(const struct trace_reader *reader);

/*
 * Read what is complete now; with drains, give the slots back.
 * Context: any thread, one caller at a time.
 */
void trace_reader_poll(struct trace_reader *reader);

/*
 * The guest has ended: read the rest up to events_max, count what was lost or left out and slots
 * that were never completed, and put all into order. The caller frees the log.
 * Returns: 0; -ENOENT: the kernel made no rings; -EPROTO: its rings are of another version;
 * -ENOMEM.
 */
int trace_reader_finish(struct trace_reader *reader) __attribute__((warn_unused_result));
