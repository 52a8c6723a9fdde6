// SPDX-License-Identifier: MIT
/*
 * interleave_test.c -- tests/unit/interleave.h itself finds what several CPUs may see, on which the
 * tests of what is shared rely.
 */
#include "unit_test.h"

#include "interleave.h"

static u32 x, y;
static u32 seen[2][2][2]; /* the outcomes of all runs; what each CPU has read, at the end */
static u32 reads[3];

static void reset(void)
{
	x = y = 0;
	memset(reads, 0, sizeof(reads));
}

static u64 hash(u64 h)
{
	return interleave_mix(h, reads[0] | reads[1] << 1 | reads[2] << 2);
}

static void note_outcome(void)
{
	seen[reads[0]][reads[1]][reads[2]] = 1;
}

static void explore(void (*run)(unsigned cpu))
{
	struct interleave model = {
		.nr_cpus = 2, .reset = reset, .run = run, .hash = hash, .check = note_outcome};

	memset(seen, 0, sizeof(seen));
	interleave_explore(&model);
}

/* Two looks at one word are no loop: another CPU may come in after the second as well. */
static void look_twice(unsigned cpu)
{
	if (cpu == 0) {
		reads[0] = READ_ONCE(x);
		reads[1] = READ_ONCE(x);
		reads[2] = READ_ONCE(y);
	} else {
		WRITE_ONCE(x, 1);
		WRITE_ONCE(y, 1);
	}
}

static void each_look_is_a_step(void **state)
{
	explore(look_twice);
	assert_true(seen[0][0][0] && seen[0][0][1] && seen[0][1][0] && seen[0][1][1]);
	assert_true(seen[1][1][0] && seen[1][1][1]);
	assert_false(seen[1][0][0] || seen[1][0][1]);
}

static void write_and_look(unsigned cpu)
{
	u32 *mine = cpu ? &y : &x, *other = cpu ? &x : &y;

	WRITE_ONCE(*mine, 1);
	reads[cpu] = READ_ONCE(*other);
}

static void write_fence_and_look(unsigned cpu)
{
	u32 *mine = cpu ? &y : &x, *other = cpu ? &x : &y;

	WRITE_ONCE(*mine, 1);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with that of the other CPU */
	reads[cpu] = READ_ONCE(*other);
}

/* A store waits in its CPU's buffer until a fence. */
static void stores_are_late(void **state)
{
	explore(write_and_look);
	assert_true(seen[0][0][0] && seen[0][1][0] && seen[1][0][0] && seen[1][1][0]);
	explore(write_fence_and_look);
	assert_true(!seen[0][0][0] && seen[0][1][0] && seen[1][0][0] && seen[1][1][0]);
}

UNIT_MAIN(cmocka_unit_test(each_look_is_a_step), cmocka_unit_test(stores_are_late))
