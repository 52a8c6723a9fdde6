// SPDX-License-Identifier: MIT
#include "compare/step_diff.h"
#include "base/unit.h"

enum { NR_MAX = 400 };

/* The length of a longest common subsequence, by the table of all pairs of prefixes. */
static size_t common_length(const uint32_t *a, size_t nr_a, const uint32_t *b, size_t nr_b)
{
	static size_t table[NR_MAX + 1][NR_MAX + 1];

	for (size_t i = 1; i <= nr_a; i++) {
		for (size_t j = 1; j <= nr_b; j++) {
			size_t left = table[i][j - 1], above = table[i - 1][j];

			table[i][j] = a[i - 1] == b[j - 1] ? table[i - 1][j - 1] + 1
				      : left > above	   ? left
							   : above;
		}
	}
	return table[nr_a][nr_b];
}

/* What is left of both must be the same. Returns: how much that is. */
static size_t check_marks(const struct step_diff *d)
{
	size_t i = 0, j = 0, nr = 0;

	for (;;) {
		while (i < d->nr_a && d->gone[i])
			i++;
		while (j < d->nr_b && d->added[j])
			j++;
		if (i == d->nr_a || j == d->nr_b)
			break;
		assert_int_equal(d->a[i++], d->b[j++]);
		nr++;
	}
	assert_int_equal(i, d->nr_a);
	assert_int_equal(j, d->nr_b);
	return nr;
}

static size_t compare(const uint32_t *a, size_t nr_a, const uint32_t *b, size_t nr_b, size_t limit,
		      bool *bounded)
{
	uint8_t *gone = calloc(nr_a + 1, 1), *added = calloc(nr_b + 1, 1);
	struct step_diff d = {a, b, nr_a, nr_b, gone, added, false};
	size_t nr;

	assert_int_equal(step_diff_find(&d, limit), 0);
	nr = check_marks(&d);
	if (bounded)
		*bounded = d.bounded;
	free(gone);
	free(added);
	return nr;
}

static void test_small(void **state)
{
	static const uint32_t a[] = {1, 2, 3, 1, 2, 2, 1}, b[] = {3, 2, 1, 2, 1, 3};
	bool bounded = true;

	(void)state;
	assert_int_equal(compare(a, 7, b, 6, STEP_DIFF_NO_LIMIT, &bounded), 4);
	assert_false(bounded);
	assert_int_equal(compare(a, 7, a, 7, STEP_DIFF_NO_LIMIT, NULL), 7);
	assert_int_equal(compare(a, 0, b, 6, STEP_DIFF_NO_LIMIT, NULL), 0);
	assert_int_equal(compare(a, 7, b, 0, STEP_DIFF_NO_LIMIT, NULL), 0);
	assert_int_equal(compare(a, 0, b, 0, STEP_DIFF_NO_LIMIT, NULL), 0);
}

/* @b is @a with some elements changed, removed and added; or has nothing to do with it. */
static size_t make_pair(uint32_t *a, size_t nr_a, uint32_t *b, unsigned values, unsigned changes)
{
	size_t nr_b = 0;

	for (size_t i = 0; i < nr_a; i++)
		a[i] = (uint32_t)rand() % values;
	for (size_t i = 0; i < nr_a && nr_b < NR_MAX - 2; i++) {
		bool changes_here = (unsigned)rand() % 100 < changes;

		if (!changes_here || rand() % 3 == 0)
			b[nr_b++] = a[i];
		if (changes_here && rand() % 2)
			b[nr_b++] = (uint32_t)rand() % values;
	}
	return nr_b;
}

static void test_random(void **state)
{
	static uint32_t a[NR_MAX], b[NR_MAX];
	unsigned nr_bounded = 0;

	(void)state;
	srand(1);
	for (unsigned round = 0; round < 3000; round++) {
		size_t nr_a = (size_t)rand() % (round % 100 == 0 ? NR_MAX : 60);
		size_t nr_b =
			make_pair(a, nr_a, b, 1 + (unsigned)rand() % 12, (unsigned)rand() % 101);
		size_t best = common_length(a, nr_a, b, nr_b), found;
		bool bounded;

		found = compare(a, nr_a, b, nr_b, STEP_DIFF_NO_LIMIT, &bounded);
		assert_int_equal(found, best);
		assert_false(bounded);
		found = compare(a, nr_a, b, nr_b, 1 + (size_t)rand() % 4, &bounded);
		assert_true(bounded ? found <= best : found == best);
		nr_bounded += bounded;
	}
	assert_true(nr_bounded > 100);
}

/* Long sequences without any order in common: the search must be cut, and stay valid. */
static void test_long(void **state)
{
	enum { NR = 200000 };
	uint32_t *a = malloc(NR * sizeof(*a)), *b = malloc(NR * sizeof(*b));
	bool bounded;

	(void)state;
	for (size_t i = 0; i < NR; i++) {
		a[i] = (uint32_t)rand() % 50;
		b[i] = (uint32_t)rand() % 50;
	}
	assert_true(compare(a, NR, b, NR, 64, &bounded) > NR / 50);
	assert_true(bounded);
	/* The same but for one in a thousand: found whole. */
	memcpy(b, a, NR * sizeof(*b));
	for (size_t i = 0; i < NR; i += 1000)
		b[i] = 50 + (uint32_t)i;
	assert_int_equal(compare(a, NR, b, NR, step_diff_limit(2 * NR), &bounded), NR - NR / 1000);
	assert_false(bounded);
	free(a);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
