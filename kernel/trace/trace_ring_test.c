// SPDX-License-Identifier: MIT
// UNIT: trace/trace_ring.c
#include "unit_test.h"

#include "arch/arch_cpu.h"
#include "sched/thread.h"
#include "trace/trace.h"

enum { SLOTS = 8 };

static struct trace_record memory[2 * SLOTS];
static struct thread me = {.tid = 77};

static struct trace_ring *fresh(size_t nr_slots)
{
	memset(memory, 0xff, sizeof(memory)); /* what another kernel left there */
	unit_current_thread = &me;
	trace_set_memory(&(paddr_t){(paddr_t)memory}, nr_slots * sizeof(memory[0]), 1);
	return &trace_area.rings[0];
}

static void write_events(unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		trace_emit(TRACE_sched_wake | 5U << 16, i, i + 1, 0, 0, 0);
}

static void test_says_what_is_there(void **state)
{
	struct trace_ring *ring = fresh(SLOTS + 3); /* more than a power of two */

	assert_int_equal(trace_area.magic, TRACE_MAGIC);
	assert_int_equal(trace_area.nr_cpus, 1);
	assert_int_equal(trace_area.nr_events, NR_TRACE_EVENTS);
	assert_int_equal(ring->nr_slots, SLOTS);
	for (unsigned i = 0; i < SLOTS; i++)
		assert_int_not_equal(memory[i].lap, trace_lap(i, SLOTS));
}

static void test_an_event_is_a_record(void **state)
{
	struct trace_ring *ring = fresh(SLOTS);

	write_events(2);
	trace_emit_long(TRACE_syscall_enter | 300U << 16, 1, 2, 3, 4, 5, 6);
	assert_int_equal(ring->head, 3);
	assert_int_equal(memory[1].event, TRACE_sched_wake);
	assert_int_equal(memory[1].detail, 5);
	assert_int_equal(memory[1].tid, 77);
	assert_int_equal(memory[1].lap, trace_lap(1, SLOTS));
	assert_int_equal(memory[1].args[1], 2);
	assert_true(memory[1].cycles >= memory[0].cycles);
	assert_int_equal(memory[2].detail, 300);
	assert_int_equal(memory[2].args[5], 6);
}

static void test_a_full_ring_counts_what_it_loses(void **state)
{
	struct trace_ring *ring = fresh(SLOTS);

	write_events(SLOTS + 3);
	assert_int_equal(ring->head, SLOTS);
	assert_int_equal(ring->lost, 3);
	assert_int_equal(memory[0].args[0], 0); /* the first, not the last */

	ring->tail += 2; /* the reader has read two */
	write_events(3);
	assert_int_equal(ring->head, SLOTS + 2);
	assert_int_equal(ring->lost, 4);
	assert_int_equal(memory[0].lap, trace_lap(SLOTS, SLOTS));
	assert_int_not_equal(memory[0].lap, trace_lap(0, SLOTS));
	assert_int_not_equal(memory[2].lap, trace_lap(SLOTS + 2, SLOTS));
}

static void test_laps_are_never_zero_and_differ(void **state)
{
	for (u64 lap = 0; lap < 600; lap++) {
		assert_int_not_equal(trace_lap(lap * SLOTS, SLOTS), 0);
		assert_int_not_equal(trace_lap(lap * SLOTS, SLOTS),
				     trace_lap((lap + 1) * SLOTS, SLOTS));
	}
}

static void test_clear_forgets(void **state)
{
	struct trace_ring *ring = fresh(SLOTS);

	write_events(SLOTS + 1);
	trace_clear();
	assert_int_equal(ring->head, 0);
	assert_int_equal(ring->lost, 0);
	assert_int_equal(memory[0].lap, 0);
}

static void test_text_is_cut_into_words(void **state)
{
	u64 words[2] = {trace_text("hello, world", 0), trace_text("hello, world", 1)};

	assert_memory_equal(words, "hello, world\0\0\0\0", 16);
	assert_int_equal(trace_text("hello", 1), 0);
	assert_int_equal(trace_text("12345678", 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_says_what_is_there),
		cmocka_unit_test(test_an_event_is_a_record),
		cmocka_unit_test(test_a_full_ring_counts_what_it_loses),
		cmocka_unit_test(test_laps_are_never_zero_and_differ),
		cmocka_unit_test(test_clear_forgets),
		cmocka_unit_test(test_text_is_cut_into_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
