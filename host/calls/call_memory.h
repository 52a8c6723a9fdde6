/* SPDX-License-Identifier: MIT */
/*
 * The program's memory as a call saw it: what the kernel copied into the trace, in pieces
 * (syscall_data), when the call began and when it returned.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/trace_log.h"

struct call_memory {
	const struct trace_log *log;
	const uint32_t *next; /* by event: the call's next piece; its place in the log + 1, or 0 */
	uint32_t entered, returned; /* the first pieces; 0: there is none */
};

/*
 * Copy up to @len bytes at @address, as they were at the call's begin, or its return.
 * Returns: how many bytes from @address on are known.
 */
size_t call_memory_read(const struct call_memory *memory, bool at_return, uint64_t address,
			void *to, size_t len);

/* How many objects the kernel has counted at @address. False: it has not. */
bool call_memory_count(const struct call_memory *memory, bool at_return, uint64_t address,
		       uint64_t *count);
/* Where the first piece of the call's begin is. False: there is none. */
bool call_memory_first(const struct call_memory *memory, uint64_t *address);
