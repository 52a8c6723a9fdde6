// SPDX-License-Identifier: MIT
/*
 * trace_ring.c -- where events go.
 *
 * Idea. Each CPU has a ring of slots, in memory that the host can read at any time: the guest need
 *   not cooperate, nor be alive. The writer takes a slot with one compare-and-exchange on its own
 *   CPU's counter, fills it, and marks it complete with its last store. It never waits: if no slot
 *   is free, the event is counted as lost. The reader may raise `tail` to free slots; for runs that
 *   must be the same each time it does not, and the rings are large enough for everything.
 * Invariants.
 *   T1  head - tail <= nr_slots.
 *   T2  Cycles rise with the slots of one ring: the counter is read between reading head and
 *       changing it, and again if an interrupt wrote an event in between.
 *   T3  A slot's `lap` is stored last, and differs from what the slot held before.
 * Locks. None. Interrupts and NMIs may come at any point and write events of their own.
 * Cost. Off: a compare and a branch for each site. On: 50 to 60 instructions for each event.
 * Tests. trace_ring_test.c; tests/system/trace.t.
 */
#include "trace/trace.h"
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "arch/arch_percpu.h"
#include "arch/arch_page.h"
#include "core/cmdline.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "mm/boot_alloc.h"
#include "sched/thread.h"
#define LOG_SUBSYS "trace"
#include "core/log.h"

static_assert(sizeof(struct trace_record) == 64, "a cache line, and what the reader expects");
static_assert(NR_TRACE_EVENTS <= 255, "an event's number is a byte");

u8 trace_on;			     /* [a] */
struct trace_area trace_area;	     /* [I] after boot */
static void (*switch_hook)(bool on); /* [I] after boot */

u64 trace_text(const char *text, unsigned nth_word)
{
	size_t len = strlen(text), from = nth_word * sizeof(u64);
	u64 word = 0;

	if (from < len)
		memcpy(&word, text + from, min(len - from, sizeof(word)));
	return word;
}

/* Take a slot of this CPU (T1); *index is its number. NULL: none is free. */
static __always_inline struct trace_record *take_slot(struct trace_ring *ring, u64 *index,
						      u64 *cycles)
{
	__u64 head = __atomic_load_n(&ring->head, __ATOMIC_RELAXED);

	do {
		if (unlikely(head - __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) >=
			     ring->nr_slots)) {
			__atomic_fetch_add(&ring->lost, 1, __ATOMIC_RELAXED);
			return NULL;
		}
		*cycles = arch_clock_cycles(); /* T2 */
	} while (!__atomic_compare_exchange_n(&ring->head, &head, head + 1, false, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	*index = head;
	return (struct trace_record *)phys_to_virt(ring->slots) + (head & (ring->nr_slots - 1));
}

/* tid, detail, event, lap as one word, so that one store completes the record. */
static __always_inline u64 first_word(const struct trace_ring *ring, u64 index, u32 what)
{
	const struct thread *t = current_thread();
	u64 lap = (index >> ring->log2_slots) % 128 + 1; /* trace_lap */

	return (t ? (u32)t->tid : 0) | (u64)(what >> 16) << 32 | (u64)(u8)what << 48 | lap << 56;
}

/* @nr: the number of arguments to write besides @first, 4 or 5. */
static __always_inline void write_record(u32 what, u64 first, const u64 *others, unsigned nr)
{
	struct trace_ring *ring = hide_origin(&trace_area.rings[arch_cpu_id()]);
	struct trace_record *record;
	u64 index, cycles;

	record = take_slot(ring, &index, &cycles);
	if (!record)
		return;
	record->cycles = cycles;
	record->args[0] = first;
	UNROLL(5)
	for (unsigned i = 0; i < nr; i++)
		record->args[1 + i] = others[i];
	/* T3. Pairs with the reader's load of the same word. */
	__atomic_store_n((u64 *)record, first_word(ring, index, what), __ATOMIC_RELEASE);
}

void trace_emit_long(u32 what, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	write_record(what, a, (const u64[]){b, c, d, e, f}, 5);
}

void trace_emit(u32 what, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	write_record(what, a, (const u64[]){b, c, d, e}, 4);
}

void trace_emit_data(u32 what, u64 address, const u64 words[TRACE_ARGS - 1])
{
	write_record(what, address, words, TRACE_ARGS - 1);
}

void trace_set_memory(const paddr_t *rings, u64 bytes, unsigned nr_cpus)
{
	u64 nr_slots = 1;

	while (2 * nr_slots * sizeof(struct trace_record) <= bytes)
		nr_slots *= 2;
	for (unsigned cpu = 0; cpu < nr_cpus; cpu++) {
		trace_area.rings[cpu].slots = rings[cpu];
		trace_area.rings[cpu].nr_slots = nr_slots;
		trace_area.rings[cpu].log2_slots = (u64)__builtin_ctzl(nr_slots);
	}
	trace_area.version = TRACE_VERSION;
	trace_area.nr_cpus = nr_cpus;
	trace_area.record_bytes = sizeof(struct trace_record);
	trace_area.nr_events = NR_TRACE_EVENTS;
	trace_area.entry_cycles = arch_clock.entry_cycles;
	trace_clear();
	/* A reader that sees the magic sees the rest: pairs with the reader's load. */
	__atomic_store_n(&trace_area.magic, TRACE_MAGIC, __ATOMIC_RELEASE);
}

bool trace_has_memory(void)
{
	return trace_area.magic != 0;
}

void trace_clear(void)
{
	for (unsigned cpu = 0; cpu < trace_area.nr_cpus; cpu++) {
		struct trace_ring *ring = &trace_area.rings[cpu];

		memset(phys_to_virt(ring->slots), 0, ring->nr_slots * sizeof(struct trace_record));
		ring->head = ring->tail = ring->lost = 0;
	}
}

static void set_on(bool on)
{
	WRITE_ONCE(trace_on, on);
	if (switch_hook)
		switch_hook(on);
}

void trace_enable(void)
{
	set_on(true);
}

void trace_disable(void)
{
	set_on(false);
}

void trace_set_switch_hook(void (*hook)(bool on))
{
	switch_hook = hook;
}

void trace_clock_known(void)
{
	trace_area.frequency_hz = arch_clock.frequency_hz;
}

void trace_init_boot(void)
{
	paddr_t rings[CPUS_MAX];
	char text[32];
	u64 bytes;

	if (!cmdline_string("trace", text, sizeof(text)))
		return;
	if (parse_size(text, &bytes) || bytes < PAGE_SIZE || bytes > 1UL << 30) {
		log_warn("option trace=%s is not a size from 4K to 1G: nothing is traced", text);
		return;
	}
	bytes = align_up(bytes / percpu_nr(), PAGE_SIZE);
	for (unsigned cpu = 0; cpu < percpu_nr(); cpu++)
		rings[cpu] = boot_alloc_pages(bytes / PAGE_SIZE);
	trace_set_memory(rings, bytes, percpu_nr());
	trace_on = true;
}
