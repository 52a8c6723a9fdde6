// SPDX-License-Identifier: MIT
// UNIT: lib/fmt.c lib/parse.c lib/id_alloc.c
#include "unit_test.h"

#include <errno.h>

#include "lib/fmt.h"
#include "lib/id_alloc.h"
#include "lib/parse.h"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-overflow"
#pragma GCC diagnostic ignored "-Wformat-truncation"

#define check(...)                                                                                 \
	do {                                                                                       \
		char ours[128], theirs[128];                                                       \
		int len = snprintf(theirs, sizeof(theirs), __VA_ARGS__);                           \
		assert_int_equal(ksnprintf(ours, sizeof(ours), __VA_ARGS__), len);                 \
		assert_string_equal(ours, theirs);                                                 \
	} while (0)

static void random_formats_match_libc(void **state)
{
	static const char *const sizes[] = {"hh", "h", "", "l", "ll", "z"};
	static const u64 values[] = {0,		 1,    9,	  10,
				     255,	 0x80, 0x8000,	  0x80000000,
				     0x7fffffff, ~0UL, 1UL << 63, 1234567890123UL};
	u64 seed = 8;

	for (int round = 0; round < 50000; round++) {
		char fmt[64] = "<%", number[16];
		unsigned size = (unsigned)(unit_random(&seed) % 6);
		u64 value = values[unit_random(&seed) % ARRAY_SIZE(values)];
		char letter[3] = {"diuoxX"[unit_random(&seed) % 6], '>', 0};

		for (int i = 0; i < 5; i++)
			if (unit_random(&seed) % 4 == 0)
				strncat(fmt, &"-\0+\0 \0#\0000"[i * 2], 1);
		if (unit_random(&seed) % 2) {
			snprintf(number, sizeof(number), "%u", (unsigned)(unit_random(&seed) % 30));
			strcat(fmt, number[0] == '0' ? "" : number);
		}
		if (unit_random(&seed) % 3 == 0) {
			snprintf(number, sizeof(number), ".%u",
				 (unsigned)(unit_random(&seed) % 25));
			strcat(fmt, number);
		}
		strcat(strcat(fmt, sizes[size]), letter);
		if (size < 3)
			check(fmt, (unsigned)value);
		else
			check(fmt, value);
	}
}

static void strings_and_stars_match_libc(void **state)
{
	check("%s|%10s|%-10s|%.2s|%*.*s|%-*s|", "abc", "abc", "abc", "abc", 6, 2, "abc", 5, "x");
	check("%c%5c%-5c%%", 'a', 'b', 'c');
	check("%*d|%.*d|%-*d", -8, 42, -1, 7, 6, -9);
	check("%p", (void *)0xffff800000001000);
	check("%08lx %zu %lld", 0xdeadbeefUL, (size_t)99, -5LL);
	check("plain");
	check("%s", "");
}

static void output_is_cut_and_counted(void **state)
{
	char buf[8] = "xxxxxxx";

	assert_int_equal(ksnprintf(buf, 4, "%d", 123456), 6);
	assert_string_equal(buf, "123");
	assert_int_equal(buf[4], 'x');
	assert_int_equal(ksnprintf(NULL, 0, "%5s", "a"), 5);
	assert_int_equal(kscnprintf(buf, 4, "%d", 123456), 3);
	assert_int_equal(kscnprintf(buf, 0, "%d", 1), 0);
	ksnprintf(buf, sizeof(buf), "%s", (char *)NULL);
	assert_string_equal(buf, "(null)");
	ksnprintf(buf, sizeof(buf), "%y%");
	assert_string_equal(buf, "%y%");
}

static void numbers_are_parsed_strictly(void **state)
{
	const char *end;
	u64 value = 77;
	s64 number;

	assert_int_equal(parse_u64("18446744073709551615\n", 10, &value), 0);
	assert_true(value == ~0UL);
	assert_int_equal(parse_u64("18446744073709551616", 10, &value), -ERANGE);
	assert_int_equal(parse_u64("", 10, &value), -EINVAL);
	assert_int_equal(parse_u64("12x", 10, &value), -EINVAL);
	assert_int_equal(parse_u64("0x1F", 0, &value), 0);
	assert_int_equal(value, 31);
	assert_int_equal(parse_u64("017", 0, &value), 0);
	assert_int_equal(value, 15);
	assert_int_equal(parse_u64("0", 0, &value), 0);
	assert_int_equal(value, 0);
	assert_int_equal(parse_u64("0x", 16, &value), -EINVAL);
	assert_int_equal(parse_u64_prefix("12,34", 10, &value, &end), 0);
	assert_string_equal(end, ",34");
	assert_int_equal(parse_s64("-9223372036854775808", 10, &number), 0);
	assert_true(number == INT64_MIN);
	assert_int_equal(parse_s64("9223372036854775808", 10, &number), -ERANGE);
	assert_int_equal(parse_s64("-12", 10, &number), 0);
	assert_int_equal(number, -12);
	assert_int_equal(parse_size("16M", &value), 0);
	assert_int_equal(value, 16 << 20);
	assert_int_equal(parse_size("0x10k\n", &value), 0);
	assert_int_equal(value, 16 << 10);
	assert_int_equal(parse_size("16Mx", &value), -EINVAL);
	assert_int_equal(parse_size("99999999999t", &value), -ERANGE);
	assert_int_equal(parse_duration_ns("10ms", &value), 0);
	assert_int_equal(value, 10000000);
	assert_int_equal(parse_duration_ns("3", &value), 0);
	assert_int_equal(value, 3000000);
	assert_int_equal(parse_duration_ns("3m", &value), -EINVAL);
}

static void ids_go_round(void **state)
{
	u64 small[BITMAP_WORDS(10)], large[BITMAP_WORDS(100)];
	struct id_alloc ids;

	id_alloc_init(&ids, small, 10);
	for (int i = 2; i < 10; i++)
		assert_int_equal(id_alloc_cyclic(&ids, 2), i);
	assert_int_equal(id_alloc_cyclic(&ids, 2), -ENOSPC);
	id_alloc_free(&ids, 4);
	id_alloc_free(&ids, 7);
	assert_int_equal(id_alloc_cyclic(&ids, 2), 4);
	assert_int_equal(id_alloc_lowest(&ids, 0), 0);
	assert_int_equal(id_alloc_exact(&ids, 7), 0);
	assert_int_equal(id_alloc_exact(&ids, 7), -EBUSY);
	assert_int_equal(id_alloc_exact(&ids, 10), -ERANGE);
	assert_ptr_equal(id_alloc_grow(&ids, large, 100), small);
	assert_int_equal(id_alloc_lowest(&ids, 2), 10);
	assert_int_equal(ids.nr_used, 10);
}

UNIT_MAIN(cmocka_unit_test(random_formats_match_libc),
	  cmocka_unit_test(strings_and_stars_match_libc),
	  cmocka_unit_test(output_is_cut_and_counted),
	  cmocka_unit_test(numbers_are_parsed_strictly), cmocka_unit_test(ids_go_round))
