// SPDX-License-Identifier: MIT
/*
 * trace_reader.c -- from the guest's memory to a log.
 *
 * Idea.  The kernel writes events into rings in its memory, which is a shared mapping of this
 *   process as well. So a trace needs no help from the guest, and is complete up to the last event
 *   when the guest is gone.
 * Invariants.
 *   R1  A slot is read once, in order, and only when its lap says that it is complete; slots after
 *       one that is not (an interrupt's events, written in between) wait for it.
 *   R2  The guest may be hostile, and change its memory at any time: each word that decides
 *       something is loaded once (load), the copy is checked, and the copy is used. No index and no
 *       size is used unchecked.
 *   R3  Without `drains` nothing is ever written to the guest's memory.
 *   R4  The log never contains more than events_max events, and all rings together never have more
 *       slots than fit into ring_bytes: so rings that share their slots yield no more than correct
 *       ones, and the time of one poll is bounded by ring_bytes.
 * Locks.  None: acquire loads of head and of a slot's first word pair with the kernel's stores.
 * Tests.  trace_reader_test.c, tests/fuzz/fuzz_trace.c, tests/system/trace.t.
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

/* One word of the guest's memory, R2. */
static uint64_t load(const __u64 *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static uint32_t load_half(const __u32 *half)
{
	return __atomic_load_n(half, __ATOMIC_RELAXED);
}

/*
 * Copy what the area says of itself, but the rings.
 * Returns: the area in the guest's memory, for its rings; NULL: there is none.
 */
static struct trace_area *find_area(const struct trace_reader *r, struct trace_facts *facts)
{
	struct trace_area *area = at(r, r->area_address, sizeof(*area));

	if (!area || __atomic_load_n(&area->magic, __ATOMIC_ACQUIRE) != TRACE_MAGIC)
		return NULL;
	*facts = (struct trace_facts){
		.version = load_half(&area->version),
		.nr_cpus = load_half(&area->nr_cpus),
		.record_bytes = load_half(&area->record_bytes),
		.frequency_hz = load(&area->frequency_hz),
		.entry_cycles = load(&area->entry_cycles),
	};
	return area;
}

static bool area_is_ours(const struct trace_facts *facts)
{
	return facts->version == TRACE_VERSION &&
	       facts->record_bytes == sizeof(struct trace_record) &&
	       facts->nr_cpus <= TRACE_CPUS_MAX;
}

/* A ring's words, as they were when they were loaded. */
struct ring_copy {
	const struct trace_record *slots;
	uint64_t head, nr_slots;
};

/* Copy a ring. @left: the bytes that rings may still have, R4. False: it is none. */
static bool copy_ring(const struct trace_reader *r, const struct trace_ring *ring,
		      struct ring_copy *copy, uint64_t *left)
{
	uint64_t bytes;

	copy->head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	copy->nr_slots = load(&ring->nr_slots);
	if (copy->nr_slots == 0 || (copy->nr_slots & (copy->nr_slots - 1)) ||
	    copy->nr_slots > r->bytes / sizeof(struct trace_record))
		return false;
	bytes = copy->nr_slots * sizeof(struct trace_record);
	if (bytes > *left)
		return false;
	*left -= bytes;
	copy->slots = at(r, load(&ring->slots), bytes);
	return copy->slots && (uintptr_t)copy->slots % sizeof(uint64_t) == 0;
}

/* Is slot @index complete? Then copy it. */
static bool take(const struct ring_copy *ring, uint64_t index, struct trace_record *out)
{
	enum { WORDS = sizeof(*out) / sizeof(uint64_t) };
	const __u64 *slot = (const __u64 *)&ring->slots[index & (ring->nr_slots - 1)];
	uint64_t words[WORDS] = {__atomic_load_n(slot, __ATOMIC_ACQUIRE)};

	if (words[0] >> 56 != trace_lap(index, ring->nr_slots))
		return false;
	for (unsigned i = 1; i < WORDS; i++)
		words[i] = load(&slot[i]);
	memcpy(out, words, sizeof(*out));
	return true;
}

/* Read @cpu's ring as far as it goes; at the end (@last) step over what was never completed. */
static void read_ring(struct trace_reader *r, struct trace_ring *shared, unsigned cpu, bool last,
		      uint64_t *left)
{
	uint64_t have = trace_log_count(&r->log), next = r->next[cpu];
	uint64_t room = have < r->events_max ? r->events_max - have : 0;
	struct trace_record record;
	struct ring_copy ring;

	if (!copy_ring(r, shared, &ring, left))
		return;
	if (next > ring.head) /* the guest has discarded all events and started again */
		next = 0;
	if (ring.head - next > ring.nr_slots)
		next = ring.head - ring.nr_slots;
	for (; next != ring.head && room > 0; next++) {
		if (!take(&ring, next, &record)) {
			if (!last)
				break; /* R1 */
			r->log.torn++;
			continue;
		}
		r->error = trace_log_add(&r->log, cpu, &record);
		if (r->error)
			break;
		room--;
	}
	if (last)
		r->log.lost[cpu] += ring.head - next; /* R4 */
	r->next[cpu] = next;
	if (r->drains)
		__atomic_store_n(&shared->tail, next, __ATOMIC_RELEASE);
}

static void read_rings(struct trace_reader *r, struct trace_area *area,
		       const struct trace_facts *facts, bool last)
{
	uint64_t left = r->ring_bytes;

	for (unsigned cpu = 0; cpu < facts->nr_cpus && !r->error; cpu++)
		read_ring(r, &area->rings[cpu], cpu, last, &left);
}

bool trace_reader_has_begun(const struct trace_reader *r)
{
	struct trace_facts facts;

	return find_area(r, &facts) != NULL;
}

void trace_reader_poll(struct trace_reader *r)
{
	struct trace_facts facts;
	struct trace_area *area = find_area(r, &facts);

	if (!r->error && area && area_is_ours(&facts))
		read_rings(r, area, &facts, false);
}

int trace_reader_finish(struct trace_reader *r)
{
	struct trace_facts facts;
	struct trace_area *area = find_area(r, &facts);

	if (!area)
		return -ENOENT;
	if (!area_is_ours(&facts))
		return -EPROTO;
	for (unsigned cpu = 0; cpu < facts.nr_cpus; cpu++)
		r->log.lost[cpu] = load(&area->rings[cpu].lost);
	read_rings(r, area, &facts, true);
	trace_log_describe(&r->log, &facts);
	return r->error ? r->error : trace_log_merge(&r->log);
}
