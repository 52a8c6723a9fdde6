// SPDX-License-Identifier: MIT
// UNIT: fs/procfs/cpu_text.c fs/procfs/text_buffer.c lib/fmt.c lib/parse.c lib/string.c
#include "unit_test.h"

#include "core/errno.h"
#include "fs/procfs/cpu_text.h"

static char text[300];

static const char *mask(u64 set, unsigned nr_cpus)
{
	struct text_buffer out = {.data = text, .size = sizeof(text)};

	text_cpu_mask(&out, set, nr_cpus);
	assert_false(out.overflow);
	return text;
}

static const char *list(u64 set)
{
	struct text_buffer out = {.data = text, .size = sizeof(text)};

	text[0] = '\0';
	text_cpu_list(&out, set);
	assert_false(out.overflow);
	return text;
}

static void test_masks(void **state)
{
	assert_string_equal(mask(1, 1), "1");
	assert_string_equal(mask(0, 1), "0");
	assert_string_equal(mask(0xf, 4), "f");
	assert_string_equal(mask(1, 5), "01");
	assert_string_equal(mask(0x8000000f, 32), "8000000f");
	assert_string_equal(mask(0x10000000fUL, 33), "1,0000000f");
	assert_string_equal(mask(3, 40), "00,00000003");
	assert_string_equal(mask(~0UL, 64), "ffffffff,ffffffff");
}

static void test_lists(void **state)
{
	assert_string_equal(list(0), "");
	assert_string_equal(list(1), "0");
	assert_string_equal(list(3), "0-1");
	assert_string_equal(list(0x2f), "0-3,5");
	assert_string_equal(list(0xaaUL), "1,3,5,7");
	assert_string_equal(list(~0UL), "0-63");
	assert_string_equal(list(1UL << 63), "63");
	assert_string_equal(list(3UL << 62 | 1), "0,62-63");
}

static void assert_mask(const char *from, u64 wanted)
{
	u64 set = 0;

	assert_int_equal(cpu_mask_parse(from, &set), 0);
	assert_int_equal(set, wanted);
}

static void assert_list(const char *from, u64 wanted)
{
	u64 set = 0;

	assert_int_equal(cpu_list_parse(from, &set), 0);
	assert_int_equal(set, wanted);
}

static void test_reads_masks(void **state)
{
	static const char *const wrong[] = {
		"",   "\n",  "g",	  "1g",	   ",1",	  "1,",	       "1,,2", "1\n\n",
		" 1", "0x1", "123456789", "1,0x2", "1,123456789", "000000001", "1,2,"};
	u64 set;

	assert_mask("1", 1);
	assert_mask("F\n", 15);
	assert_mask("00000003\n", 3);
	assert_mask("1,0000000f", 0x10000000fUL);
	assert_mask("ffffffff,ffffffff", ~0UL);
	assert_mask("1,2", 0x100000002UL); /* each group is 32 bits, however few its digits */
	assert_mask("1,0,2\n", 2);
	assert_mask("1,00000000,00000002", 2); /* of more CPUs than there may be */
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(cpu_mask_parse(wrong[i], &set), -EINVAL);
}

static void test_reads_lists(void **state)
{
	static const char *const wrong[] = {"",	     "\n",  "a",    "1-",    "-1",
					    ",1",    "1,",  "1,,2", "3-2",   "1-2-3",
					    "1\n\n", "1 2", "0x1",  "1-0x2", "99999999999"};
	static const char *const too_large[] = {"4294967296", "18446744073709551617"};
	u64 set;

	assert_list("0", 1);
	assert_list("0-3,5\n", 0x2f);
	assert_list("5,0-3", 0x2f);
	assert_list("63", 1UL << 63);
	assert_list("0-63", ~0UL);
	assert_list("62-70", 3UL << 62);
	assert_list("64", 0);
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(cpu_list_parse(wrong[i], &set), -EINVAL);
	for (unsigned i = 0; i < ARRAY_SIZE(too_large); i++)
		assert_int_equal(cpu_list_parse(too_large[i], &set), -EINVAL);
}

/* What is written is read as the same. */
static void test_there_and_back(void **state)
{
	u64 seed = 1, set;

	for (unsigned i = 0; i < 1000; i++) {
		u64 wanted = unit_random(&seed) & unit_random(&seed);

		if (i % 2)
			wanted &= 0xffff;
		wanted |= 1;
		(void)mask(wanted, 64);
		assert_mask(text, wanted);
		(void)list(wanted);
		assert_int_equal(cpu_list_parse(text, &set), 0);
		assert_int_equal(set, wanted);
	}
}

UNIT_MAIN(cmocka_unit_test(test_masks), cmocka_unit_test(test_lists),
	  cmocka_unit_test(test_reads_masks), cmocka_unit_test(test_reads_lists),
	  cmocka_unit_test(test_there_and_back))
