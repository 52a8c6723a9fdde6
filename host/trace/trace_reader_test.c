// SPDX-License-Identifier: MIT
#include <errno.h>
#include <pthread.h>

#include "trace/trace_reader.h"
#include "base/unit.h"

/* A guest of two CPUs: the area at AREA, rings of SLOTS slots behind it. */
enum { MEMORY = 1 << 20, AREA = 0x1000, RINGS = 0x10000, SLOTS = 8 };

struct guest {
	unsigned char *memory;
	struct trace_area *area;
	struct trace_reader reader;
};

static struct guest make_guest(unsigned nr_cpus, bool drains)
{
	struct guest g = {.memory = calloc(1, MEMORY)};

	assert_non_null(g.memory);
	g.area = (struct trace_area *)(g.memory + AREA);
	*g.area = (struct trace_area){.magic = TRACE_MAGIC,
				      .version = TRACE_VERSION,
				      .nr_cpus = nr_cpus,
				      .record_bytes = sizeof(struct trace_record),
				      .frequency_hz = 1000000000,
				      .entry_cycles = 100};
	for (unsigned cpu = 0; cpu < nr_cpus; cpu++)
		g.area->rings[cpu] =
			(struct trace_ring){.slots = RINGS + cpu * 0x1000, .nr_slots = SLOTS};
	g.reader = (struct trace_reader){.memory = g.memory,
					 .bytes = MEMORY,
					 .low_bytes = MEMORY,
					 .area_address = AREA,
					 .drains = drains,
					 .ring_bytes = MEMORY,
					 .events_max = 1 << 20};
	return g;
}

static void end_guest(struct guest *g)
{
	trace_log_fini(&g->reader.log);
	free(g->memory);
}

/* As the kernel does it; without `complete`, as when the machine stops in between. */
static void emit(struct guest *g, unsigned cpu, uint64_t cycles, bool complete)
{
	struct trace_ring *ring = &g->area->rings[cpu];
	struct trace_record *slots = (struct trace_record *)(g->memory + ring->slots), *slot;

	if (ring->head - ring->tail >= ring->nr_slots) {
		ring->lost++;
		return;
	}
	slot = &slots[ring->head % ring->nr_slots];
	slot->cycles = cycles;
	slot->event = 1;
	if (complete)
		slot->lap = trace_lap(ring->head, ring->nr_slots);
	ring->head++;
}

static void test_order_over_cpus(void **state)
{
	struct guest g = make_guest(2, true);

	(void)state;
	emit(&g, 1, 5, true);
	emit(&g, 0, 7, true);
	emit(&g, 1, 6, true);
	emit(&g, 0, 6, true); /* the ring's order holds on one CPU, whatever the clock says */
	assert_int_equal(trace_reader_finish(&g.reader), 0);
	assert_int_equal(g.reader.log.nr, 4);
	assert_int_equal(g.reader.log.all[0].cycles, 5);
	assert_int_equal(g.reader.log.all[1].cycles, 6);
	assert_int_equal(trace_log_cpu(&g.reader.log.all[1]), 1);
	assert_int_equal(g.reader.log.all[2].cycles, 7);
	assert_int_equal(trace_log_cpu(&g.reader.log.all[2]), 0);
	assert_int_equal(g.reader.log.entry_cycles, 100);
	end_guest(&g);
}

static void test_laps(void **state)
{
	struct guest g = make_guest(1, true);

	(void)state;
	/* Some 300 times through the ring: laps start again after 255. */
	for (unsigned i = 0; i < 300 * SLOTS + 3; i++) {
		emit(&g, 0, i, true);
		if (i % 5 == 0)
			trace_reader_poll(&g.reader);
	}
	assert_int_equal(trace_reader_finish(&g.reader), 0);
	assert_int_equal(trace_log_lost(&g.reader.log), 0);
	assert_int_equal(g.reader.log.torn, 0);
	assert_int_equal(g.reader.log.nr, 300 * SLOTS + 3);
	for (unsigned i = 0; i < g.reader.log.nr; i++)
		assert_int_equal(g.reader.log.all[i].cycles, i);
	end_guest(&g);
}

static void test_incomplete(void **state)
{
	struct guest g = make_guest(1, true);
	struct trace_record *slots = (struct trace_record *)(g.memory + RINGS);

	(void)state;
	emit(&g, 0, 1, true);
	emit(&g, 0, 2, false); /* being written; */
	emit(&g, 0, 3, true);  /* and an interrupt came */
	trace_reader_poll(&g.reader);
	assert_int_equal(trace_log_count(&g.reader.log), 1);
	assert_int_equal(g.area->rings[0].tail, 1);
	slots[1].lap = trace_lap(1, SLOTS);
	trace_reader_poll(&g.reader);
	assert_int_equal(trace_log_count(&g.reader.log), 3);
	emit(&g, 0, 4, false);
	emit(&g, 0, 5, true);
	assert_int_equal(trace_reader_finish(&g.reader), 0);
	assert_int_equal(g.reader.log.nr, 4);
	assert_int_equal(g.reader.log.torn, 1);
	assert_int_equal(g.reader.log.all[3].cycles, 5);
	end_guest(&g);
}

static void test_lost(void **state)
{
	struct guest g = make_guest(1, false);

	(void)state;
	for (unsigned i = 0; i < SLOTS + 5; i++)
		emit(&g, 0, i, true);
	trace_reader_poll(&g.reader);
	assert_int_equal(g.area->rings[0].tail, 0); /* not drained */
	assert_int_equal(trace_reader_finish(&g.reader), 0);
	assert_int_equal(g.reader.log.nr, SLOTS);
	assert_int_equal(trace_log_lost(&g.reader.log), 5);
	assert_int_equal(g.area->rings[0].tail, 0);
	end_guest(&g);
}

static void test_room(void **state)
{
	struct guest g = make_guest(1, true);

	(void)state;
	g.reader.events_max = 3;
	for (unsigned i = 0; i < 5; i++)
		emit(&g, 0, i, true);
	trace_reader_poll(&g.reader);
	assert_int_equal(g.area->rings[0].tail, 3); /* the rest stays with the guest */
	assert_int_equal(trace_reader_finish(&g.reader), 0);
	assert_int_equal(g.reader.log.nr, 3);
	assert_int_equal(trace_log_lost(&g.reader.log), 2);
	end_guest(&g);
}

/* All rings have the same slots: no more is read than the rings may have together. */
static void test_shared_slots(void **state)
{
	struct guest g = make_guest(TRACE_CPUS_MAX, true);

	(void)state;
	g.reader.ring_bytes = 2 * SLOTS * sizeof(struct trace_record);
	for (unsigned i = 0; i < SLOTS; i++)
		emit(&g, 0, i, true);
	for (unsigned cpu = 1; cpu < TRACE_CPUS_MAX; cpu++)
		g.area->rings[cpu] = g.area->rings[0];
	assert_int_equal(trace_reader_finish(&g.reader), 0);
	assert_int_equal(g.reader.log.nr, 2 * SLOTS);
	end_guest(&g);
}

static void *change_nr_cpus(void *ctx)
{
	struct guest *g = ctx;

	for (unsigned i = 0; i < 2000000; i++)
		__atomic_store_n(&g->area->nr_cpus, i % 2 ? 1 : 1000, __ATOMIC_RELAXED);
	__atomic_store_n(&g->area->nr_cpus, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&g->area->magic, 0, __ATOMIC_RELEASE);
	return NULL;
}

/* What was checked is what is used, whatever the guest writes between. */
static void test_changing_area(void **state)
{
	struct guest g = make_guest(1, true);
	struct trace_ring *rings = g.area->rings;
	pthread_t thread;

	(void)state;
	for (unsigned i = 0; i < 300; i++) /* behind the area as well */
		rings[i] = (struct trace_ring){
			.head = 0x4141414141414141, .slots = MEMORY / 2, .nr_slots = 2};
	assert_int_equal(pthread_create(&thread, NULL, change_nr_cpus, &g), 0);
	while (__atomic_load_n(&g.area->magic, __ATOMIC_ACQUIRE))
		trace_reader_poll(&g.reader);
	pthread_join(thread, NULL);
	assert_int_equal(trace_log_count(&g.reader.log), 0);
	assert_int_equal(g.reader.error, 0);
	for (unsigned cpu = 1; cpu < TRACE_CPUS_MAX; cpu++)
		assert_int_equal(g.reader.next[cpu], 0);
	end_guest(&g);
}

static void test_cleared(void **state)
{
	struct guest g = make_guest(1, true);

	(void)state;
	emit(&g, 0, 1, true);
	emit(&g, 0, 2, true);
	trace_reader_poll(&g.reader);
	memset(g.memory + RINGS, 0, SLOTS * sizeof(struct trace_record));
	g.area->rings[0].head = g.area->rings[0].tail = 0;
	emit(&g, 0, 3, true);
	assert_int_equal(trace_reader_finish(&g.reader), 0);
	assert_int_equal(g.reader.log.nr, 3);
	assert_int_equal(g.reader.log.all[2].cycles, 3);
	end_guest(&g);
}

/* The guest is broken: nothing outside of its memory is touched. */
static void test_damaged(void **state)
{
	static const uint64_t addresses[] = {MEMORY,	      MEMORY - 64, UINT64_MAX,
					     UINT64_MAX - 64, 1ull << 32,  (1ull << 32) + MEMORY};
	static const uint64_t counts[] = {0, 3, 1ull << 62, 1ull << 63, MEMORY};

	(void)state;
	for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct guest g = make_guest(1, true);

		emit(&g, 0, 1, true);
		g.area->rings[0].slots = addresses[i];
		assert_int_equal(trace_reader_finish(&g.reader), 0);
		assert_int_equal(g.reader.log.nr, 0);
		end_guest(&g);
	}
	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct guest g = make_guest(1, true);

		emit(&g, 0, 1, true);
		g.area->rings[0].nr_slots = counts[i];
		assert_int_equal(trace_reader_finish(&g.reader), 0);
		assert_int_equal(g.reader.log.nr, 0);
		end_guest(&g);
	}
}

static void test_no_rings(void **state)
{
	struct guest g = make_guest(1, true);

	(void)state;
	g.area->version++;
	assert_int_equal(trace_reader_finish(&g.reader), -EPROTO);
	g.area->magic = 0;
	assert_int_equal(trace_reader_finish(&g.reader), -ENOENT);
	g.reader.area_address = MEMORY - 8;
	assert_int_equal(trace_reader_finish(&g.reader), -ENOENT);
	end_guest(&g);
}

/* What is above 4 GiB follows in the file after what is below. */
static void test_hole(void **state)
{
	struct guest g = make_guest(1, true);

	(void)state;
	g.reader.low_bytes = RINGS;
	emit(&g, 0, 9, true);
	g.area->rings[0].slots = 1ull << 32;
	assert_int_equal(trace_reader_finish(&g.reader), 0);
	assert_int_equal(g.reader.log.nr, 1);
	assert_int_equal(g.reader.log.all[0].cycles, 9);
	end_guest(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_over_cpus),
		cmocka_unit_test(test_laps),
		cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_shared_slots),
		cmocka_unit_test(test_changing_area),
		cmocka_unit_test(test_cleared),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_no_rings),
		cmocka_unit_test(test_hole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
