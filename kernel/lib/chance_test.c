// SPDX-License-Identifier: MIT
// UNIT:
#include "lib/chance.h"
#include "unit_test.h"

static unsigned count_events(u64 seed, u32 one_in, unsigned occasions)
{
	struct chance c;
	unsigned events = 0;

	chance_init(&c, seed, one_in);
	for (unsigned i = 0; i < occasions; i++)
		events += chance_comes(&c);
	return events;
}

static void comes_at_one_in_n(void **state)
{
	for (u64 seed = 0; seed < 20; seed++) {
		assert_in_range(count_events(seed, 50, 50 * 1000), 900, 1100);
		assert_in_range(count_events(seed, 2, 2 * 1000), 900, 1100);
	}
}

static void always_comes_at_one_in_one(void **state)
{
	assert_int_equal(count_events(7, 1, 1000), 1000);
}

static void seed_decides(void **state)
{
	struct chance a, b, other;
	unsigned same = 0;

	chance_init(&a, 1, 10);
	chance_init(&b, 1, 10);
	chance_init(&other, 2, 10);
	for (unsigned i = 0; i < 1000; i++) {
		bool comes = chance_comes(&a);

		assert_int_equal(comes, chance_comes(&b));
		same += comes && chance_comes(&other);
	}
	assert_true(same < 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_at_one_in_n),
		cmocka_unit_test(always_comes_at_one_in_one),
		cmocka_unit_test(seed_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
