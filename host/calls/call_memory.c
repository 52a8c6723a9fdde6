// SPDX-License-Identifier: MIT
#include "calls/call_memory.h"

#include <string.h>

/* The most pieces that are looked at; the kernel writes fewer. A guest's trace may have more. */
#define PIECES_MAX (2 * TRACE_CALL_PIECES)

/* Copy what the pieces have of [address, +len) from its begin on. Returns: how much. */
static size_t read_piece(const struct call_memory *m, uint32_t first, uint64_t address,
			 unsigned char *to, size_t len)
{
	for (unsigned n = 0; first && n < PIECES_MAX; n++, first = m->next[first - 1]) {
		const struct trace_record *r = &m->log->all[first - 1];
		uint64_t has = r->detail, skip = address - r->args[0];

		if (has > TRACE_DATA_MAX || skip >= has) /* it may be a count */
			continue;
		if (has - skip < len)
			len = has - skip;
		memcpy(to, (const unsigned char *)&r->args[1] + skip, len);
		return len;
	}
	return 0;
}

size_t call_memory_read(const struct call_memory *m, bool at_return, uint64_t address, void *to,
			size_t len)
{
	size_t done = 0, n = 1;

	while (done < len && n > 0) {
		n = read_piece(m, at_return ? m->returned : m->entered, address + done,
			       (unsigned char *)to + done, len - done);
		done += n;
	}
	return done;
}

bool call_memory_count(const struct call_memory *m, bool at_return, uint64_t address,
		       uint64_t *count)
{
	uint32_t piece = at_return ? m->returned : m->entered;

	for (unsigned n = 0; piece && n < PIECES_MAX; n++, piece = m->next[piece - 1]) {
		const struct trace_record *r = &m->log->all[piece - 1];

		if (r->detail != TRACE_DATA_COUNT || r->args[0] != address)
			continue;
		*count = r->args[1];
		return true;
	}
	return false;
}

bool call_memory_first(const struct call_memory *m, uint64_t *address)
{
	if (m->entered)
		*address = m->log->all[m->entered - 1].args[0];
	return m->entered != 0;
}
