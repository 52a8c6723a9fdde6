// SPDX-License-Identifier: MIT
/*
 * clock_model_test.c -- a coarse clock that one CPU reads while another has a tick, or two others,
 * in every order of their steps; of the latter those where one CPU is interrupted up to twice.
 *
 * Idea. The reader takes the time by the call and from the page of the vDSO, in turns: it never
 *   goes back. What the tick runs is the code of clock.c itself.
 */
#include "unit_test.h"

#include "interleave.h"

#include "time/clock.c"

#define BEFORE_NS 1000
#define AFTER_NS 2000
#define BETWEEN_NS 1900
#define PERIOD_NS 900
#define OFFSET_NS 500

static struct clock_page shown;
static u64 times[4];
static bool call_first;

u64 cmdline_u64(const char *name, u64 default_value)
{
	return default_value;
}

u64 arch_clock_wall_seconds(void)
{
	return 0;
}

static void reset(void)
{
	memset(&shown, 0, sizeof(shown));
	memset(times, 0, sizeof(times));
	spin_lock_init(&page_lock, clock_page);
	page = &shown;
	coarse_ns = shown.coarse_ns = BEFORE_NS;
	real_offset_ns = OFFSET_NS;
}

/* As vdso_clock.c:read_coarse reads it. */
static u64 by_page(unsigned mark)
{
	u32 begun;
	u64 ns;

	do {
		interleave_here(mark);
		begun = seqcount_read_begin(&shown.sequence);
		ns = READ_ONCE(shown.coarse_ns);
	} while (seqcount_must_read_again(&shown.sequence, begun));
	return ns;
}

static void run(unsigned cpu)
{
	if (cpu == 0) {
		clock_tick(AFTER_NS, PERIOD_NS);
		return;
	}
	if (cpu == 2) {
		clock_tick(BETWEEN_NS, PERIOD_NS);
		return;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(times); i++)
		times[i] = (i & 1) == call_first ? by_page(i) : clock_monotonic_coarse_ns();
}

static u64 hash(u64 h)
{
	for (unsigned i = 0; i < ARRAY_SIZE(times); i++)
		h = interleave_mix(h, times[i]);
	return h;
}

static void check(void)
{
	for (unsigned i = 1; i < ARRAY_SIZE(times); i++)
		interleave_check(times[i] >= times[i - 1]);
	interleave_check(times[0] == BEFORE_NS || times[0] == BETWEEN_NS || times[0] == AFTER_NS);
	interleave_check(shown.coarse_ns == AFTER_NS && real_offset_ns == OFFSET_NS);
}

static void explore(unsigned nr_cpus)
{
	struct interleave model = {
		.nr_cpus = nr_cpus, .reset = reset, .run = run, .hash = hash, .check = check};

	call_first = false;
	interleave_explore(&model);
	call_first = true;
	interleave_explore(&model);
}

static void coarse_time_never_goes_back(void **state)
{
	explore(2);
}

/* CPU 0 has begun to tick again when another has seen that it does not. */
static void not_by_the_ticks_of_two(void **state)
{
	explore(3);
}

static void others_tick_only_for_a_cpu_0_that_does_not(void **state)
{
	reset();
	unit_current_cpu = 1;
	clock_tick(BEFORE_NS + PERIOD_NS - 1, PERIOD_NS);
	assert_int_equal(coarse_ns, BEFORE_NS);
	clock_tick(BEFORE_NS + PERIOD_NS, PERIOD_NS);
	assert_int_equal(coarse_ns, BEFORE_NS + PERIOD_NS);
	clock_tick(BEFORE_NS + PERIOD_NS + 1, 0); /* its ticks go on */
	assert_int_equal(coarse_ns, BEFORE_NS + PERIOD_NS + 1);
	unit_current_cpu = 0;
	clock_tick(BEFORE_NS + PERIOD_NS + 2, PERIOD_NS);
	assert_int_equal(coarse_ns, BEFORE_NS + PERIOD_NS + 2);
}

UNIT_MAIN(cmocka_unit_test(coarse_time_never_goes_back), cmocka_unit_test(not_by_the_ticks_of_two),
	  cmocka_unit_test(others_tick_only_for_a_cpu_0_that_does_not))
