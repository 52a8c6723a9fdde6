// SPDX-License-Identifier: MIT
/*
 * trace_reader.c -- from the guest's memory to a log.
 *
 * Idea.  The kernel writes events into rings in its own memory, which is ours as well, a shared
 *   mapping. So a trace needs no help of the guest, and is there to its last event when the guest
 *   is not any more.
 * Invariants.
 *   R1  A slot is read once, in order, and only when its lap says that it is complete; slots after
 *       one that is not (an interrupt's events, written in between) wait for it.
 *   R2  Nothing that the guest's memory says is believed: addresses, sizes, counts are checked, for
 *       the guest may be broken.
 *   R3  Without `drains` nothing is ever written to the guest's memory.
 * Locks.  None: acquire loads of head and of a slot's first word pair with the kernel's stores.
 * Tests.  trace_reader_test.c, tests/system/trace.t.
 */
#include "trace/trace_reader.h"

#include <errno.h>
#include <string.h>

/* @bytes of the guest's memory at physical @address; NULL when it has no such memory, R2. */
static void *at(const struct trace_reader *r, uint64_t address, uint64_t bytes)
{
	uint64_t offset = address, end = r->low_bytes;

	if (address >= 1ull << 32) {
		offset = address - (1ull << 32) + r->low_bytes;
		end = r->bytes;
	}
	if (bytes > end || offset > end - bytes)
		return NULL;
	return r->memory + offset;
}

static struct trace_area *find_area(struct trace_reader *r)
{
	struct trace_area *area = at(r, r->area_address, sizeof(*area));

	if (!area || __atomic_load_n(&area->magic, __ATOMIC_ACQUIRE) != TRACE_MAGIC)
		return NULL;
	return area;
}

static bool area_is_ours(const struct trace_area *area)
{
	return area->version == TRACE_VERSION &&
	       area->record_bytes == sizeof(struct trace_record) && area->nr_cpus <= TRACE_CPUS_MAX;
}

/* One ring's slots; NULL: they are not there, R2. */
static struct trace_record *find_slots(const struct trace_reader *r, const struct trace_ring *ring,
				       uint64_t *nr_slots)
{
	*nr_slots = ring->nr_slots;
	if (*nr_slots == 0 || (*nr_slots & (*nr_slots - 1)) || *nr_slots > r->bytes)
		return NULL;
	return at(r, ring->slots, *nr_slots * sizeof(struct trace_record));
}

/* Is slot @index complete? Then copy it. */
static bool take(const struct trace_record *slots, uint64_t nr_slots, uint64_t index,
		 struct trace_record *out)
{
	const struct trace_record *slot = &slots[index & (nr_slots - 1)];
	uint64_t first = __atomic_load_n((const uint64_t *)slot, __ATOMIC_ACQUIRE);

	if (first >> 56 != trace_lap(index, nr_slots))
		return false;
	memcpy(out, slot, sizeof(*out));
	return true;
}

/* Read @cpu's ring as far as it goes; at the end (@last) step over what was never completed. */
static void read_ring(struct trace_reader *r, struct trace_ring *ring, unsigned cpu, bool last)
{
	uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE), nr_slots;
	struct trace_record *slots = find_slots(r, ring, &nr_slots);
	uint64_t have = trace_log_count(&r->log);
	uint64_t room = have < r->events_max ? r->events_max - have : 0;
	struct trace_record record;

	if (!slots)
		return;
	if (r->next[cpu] > head) /* the guest has forgotten all and begun anew */
		r->next[cpu] = 0;
	if (head - r->next[cpu] > nr_slots)
		r->next[cpu] = head - nr_slots;
	for (; r->next[cpu] != head; r->next[cpu]++) {
		if (room-- == 0 && !last)
			break;
		if (!take(slots, nr_slots, r->next[cpu], &record)) {
			if (!last)
				break; /* R1 */
			r->log.torn++;
			continue;
		}
		r->error = trace_log_add(&r->log, cpu, &record);
		if (r->error)
			return;
	}
	if (r->drains)
		__atomic_store_n(&ring->tail, r->next[cpu], __ATOMIC_RELEASE);
}

static void read_rings(struct trace_reader *r, bool last)
{
	struct trace_area *area = find_area(r);

	if (!area || !area_is_ours(area))
		return;
	for (unsigned cpu = 0; cpu < area->nr_cpus && !r->error; cpu++)
		read_ring(r, &area->rings[cpu], cpu, last);
}

void trace_reader_poll(struct trace_reader *r)
{
	if (!r->error)
		read_rings(r, false);
}

int trace_reader_finish(struct trace_reader *r)
{
	struct trace_area *area = find_area(r);

	if (!area)
		return -ENOENT;
	if (!area_is_ours(area))
		return -EPROTO;
	if (!r->error)
		read_rings(r, true);
	trace_log_describe(&r->log, area);
	for (unsigned cpu = 0; cpu < area->nr_cpus; cpu++)
		r->log.lost[cpu] = area->rings[cpu].lost;
	return r->error ? r->error : trace_log_merge(&r->log);
}
