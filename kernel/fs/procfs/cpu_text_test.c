// SPDX-License-Identifier: MIT
// UNIT: fs/procfs/cpu_text.c fs/procfs/text_buffer.c lib/fmt.c lib/string.c
#include "unit_test.h"

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

UNIT_MAIN(cmocka_unit_test(test_masks), cmocka_unit_test(test_lists))
