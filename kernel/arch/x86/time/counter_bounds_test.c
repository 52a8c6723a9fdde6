// SPDX-License-Identifier: MIT
// UNIT: arch/x86/time/counter_bounds.c
#include "unit_test.h"

#include "arch/x86/time/counter_bounds.h"

/* Two counters: the other's is ahead by `skew`, and gains one in `drift` cycles, if not 0. */
struct pair {
	u64 now; /* one's own counter */
	s64 skew;
	s64 drift;
};

static u64 others(const struct pair *p)
{
	return p->now + (u64)p->skew + (p->drift ? p->now / (u64)p->drift : 0);
}

/* The question takes @there cycles, the answer @back. */
static void exchange(struct counter_bounds *b, struct pair *p, u64 there, u64 back)
{
	u64 before = p->now, answer;

	p->now += there;
	answer = others(p);
	p->now += back;
	counter_bounds_add(b, before, answer, p->now);
	p->now += 1000;
}

static struct counter_bounds after_some(struct pair p)
{
	static const u64 ways[][2] = {{500, 300}, {90, 200000}, {70000, 80}, {120, 100}};
	struct counter_bounds b = COUNTER_BOUNDS_INIT;

	for (unsigned i = 0; i < ARRAY_SIZE(ways); i++)
		exchange(&b, &p, ways[i][0], ways[i][1]);
	return b;
}

static void test_same(void **state)
{
	struct counter_bounds b = after_some((struct pair){.now = 1UL << 40});

	assert_true(counter_bounds_agree(&b));
	assert_int_equal(counter_bounds_correction(&b), 0);
	assert_int_equal(b.least, -80); /* the quickest ways decide */
	assert_int_equal(b.most, 90);
	b = after_some((struct pair){.now = ~0UL - 600}); /* runs over */
	assert_true(counter_bounds_agree(&b));
}

static void test_nothing_known(void **state)
{
	struct counter_bounds b = COUNTER_BOUNDS_INIT;

	assert_true(counter_bounds_agree(&b));
	assert_int_equal(counter_bounds_correction(&b), 0);
}

/* What a message is quicker than shows no difference. */
static void test_explained(void **state)
{
	struct counter_bounds b = after_some((struct pair){.now = 5000, .skew = 80});

	assert_true(counter_bounds_agree(&b));
	b = after_some((struct pair){.now = 5000, .skew = -90});
	assert_true(counter_bounds_agree(&b));
}

static void test_skews(void **state)
{
	static const s64 skews[] = {81,	      -91,	   5000,     -5000,
				    1L << 40, -(1L << 40), 1L << 61, -(1L << 61)};

	for (unsigned i = 0; i < ARRAY_SIZE(skews); i++) {
		struct pair p = {.now = 1UL << 50, .skew = skews[i]};
		struct counter_bounds b = after_some(p);
		s64 correction = counter_bounds_correction(&b);

		assert_false(counter_bounds_agree(&b));
		assert_true(b.least <= skews[i] && skews[i] <= b.most);
		assert_true(correction >= skews[i] - 100 && correction <= skews[i] + 100);
		/* Corrected, they agree. */
		p.skew -= correction;
		b = after_some(p);
		assert_true(counter_bounds_agree(&b));
	}
}

static void test_drift(void **state)
{
	/* Ahead by nothing at first, and then by more than any way explains. */
	struct counter_bounds b = COUNTER_BOUNDS_INIT;
	struct pair p = {.drift = 10};

	exchange(&b, &p, 100, 100);
	assert_true(counter_bounds_agree(&b));
	p.now += 1000000;
	exchange(&b, &p, 100, 100);
	assert_false(counter_bounds_agree(&b));
}

UNIT_MAIN(cmocka_unit_test(test_same), cmocka_unit_test(test_nothing_known),
	  cmocka_unit_test(test_explained), cmocka_unit_test(test_skews),
	  cmocka_unit_test(test_drift))
