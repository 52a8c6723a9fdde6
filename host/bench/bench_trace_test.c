// SPDX-License-Identifier: MIT
#include "bench/bench_trace.h"

#include "base/unit.h"

#define KERNEL 0xffffffff80000000ull

static struct elf_symbol symbols[] = {{KERNEL + 0x100, (char *)"entry"},
				      {KERNEL + 0x200, (char *)"work"},
				      {KERNEL + 0x300, (char *)"leave"}};
static const struct elf_symbols kernel = {.all = symbols, .nr = 3};
static const struct bench_timers timers = {.nr = 2, .at = {0x401003, 0x401103}};

/* The log of the instructions at @pcs; 0 ends them. @step: in how many bytes at a time it comes. */
static void feed(struct bench_trace *t, const uint64_t *pcs, size_t step)
{
	char text[4096];
	size_t len = 0;

	for (; *pcs; pcs++)
		len += (size_t)snprintf(
			text + len, sizeof(text) - len,
			"Trace 0: 0x7f0012345678 [0000000000000000/%016llx/00c0/ff000201] f\n",
			(unsigned long long)*pcs);
	for (size_t at = 0; at < len; at += step)
		bench_trace_feed(t, text + at, len - at < step ? len - at : step);
}

static const uint64_t one_call[] = {0x401000,	    0x401003, /* the stretch begins */
				    0x401005,	    KERNEL + 0x100,
				    KERNEL + 0x104, KERNEL + 0x200,
				    KERNEL + 0x204, KERNEL + 0x108, /* entry again: its rest */
				    0x401007,	    0x401100,
				    0x401103, /* and ends */
				    0x401105,	    0};

static void test_counts(void **state)
{
	static const size_t steps[] = {1, 7, 64, 4096};
	const struct bench_interval *intervals;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct bench_trace *t = bench_trace_new(&kernel, &timers);
		const struct bench_counts *c;

		feed(t, one_call, steps[i]);
		assert_int_equal(bench_trace_intervals(t, &intervals), 1);
		assert_true(intervals[0].begin == 0x401003);
		c = &intervals[0].least;
		assert_int_equal(c->total, 9);
		assert_int_equal(c->program, 4);
		assert_int_equal(c->parts[0], 2); /* entry, before work was called */
		assert_int_equal(c->parts[1], 1); /* and after */
		assert_int_equal(c->parts[2], 2);
		assert_int_equal(c->elsewhere, 0);
		bench_trace_free(t);
	}
}

static void test_a_fault_is_counted_once(void **state)
{
	static const uint64_t pcs[] = {
		0x401000,	0x401003, 0x401009,
		KERNEL + 0x200, 0x401009, /* the same instruction, now it succeeds */
		0x401100,	0x401103, 0};
	struct bench_trace *t = bench_trace_new(&kernel, &timers);
	const struct bench_interval *intervals;

	(void)state;
	feed(t, pcs, 4096);
	assert_int_equal(bench_trace_intervals(t, &intervals), 1);
	assert_int_equal(intervals[0].least.program, 3);
	assert_int_equal(intervals[0].least.total, 4);
	bench_trace_free(t);
}

static void test_the_least_round_without_the_first(void **state)
{
	static const uint64_t shorter[] = {0x401000, 0x401003, 0x401100, 0x401103, 0};
	struct bench_trace *t = bench_trace_new(&kernel, &timers);
	const struct bench_interval *intervals;

	(void)state;
	feed(t, shorter, 4096);
	feed(t, one_call, 4096);
	assert_int_equal(bench_trace_intervals(t, &intervals), 1);
	assert_int_equal(intervals[0].least.total, 9); /* the first was a warm-up */
	feed(t, shorter, 4096);
	assert_int_equal(intervals[0].least.total, 2);
	feed(t, one_call, 4096);
	assert_int_equal(intervals[0].least.total, 2);
	assert_int_equal(intervals[0].times, 4);
	bench_trace_free(t);
}

static void test_what_is_no_timer(void **state)
{
	/* The right address without the lfence before it, and lines that are no instruction. */
	static const uint64_t pcs[] = {0x401001, 0x401003, KERNEL + 0x200, 0x401003, 0};
	struct bench_trace *t = bench_trace_new(&kernel, &timers);
	const struct bench_interval *intervals;
	static const char other[] = "Servicing hardware INT=0x20\nTrace\nStopped [0/401003/\n[\n\n";

	(void)state;
	feed(t, pcs, 4096);
	bench_trace_feed(t, other, sizeof(other) - 1);
	assert_int_equal(bench_trace_intervals(t, &intervals), 0);
	bench_trace_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_a_fault_is_counted_once),
		cmocka_unit_test(test_the_least_round_without_the_first),
		cmocka_unit_test(test_what_is_no_timer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
