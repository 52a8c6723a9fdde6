// SPDX-License-Identifier: MIT
// UNIT: lib/string.c
#include "unit_test.h"

#include <errno.h>

#define libc_memcmp(a, b, len) (memcmp)(a, b, len)
static int same(const void *a, const void *b, size_t len)
{
	return libc_memcmp(a, b, len) == 0;
}

#define STRING_UNDER_TEST
#include "lib/string.h"

#define SPACE 400

static void fill(u8 *p, size_t len, u64 seed)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (u8)unit_random(&seed);
}

static void memcpy_and_memset_touch_only_their_range(void **state)
{
	u8 src[SPACE], dst[SPACE], expected[SPACE];

	fill(src, SPACE, 1);
	for (size_t len = 0; len < 300; len++) {
		for (size_t offset = 0; offset < 9; offset++) {
			fill(dst, SPACE, 2);
			fill(expected, SPACE, 2);
			for (size_t i = 0; i < len; i++)
				expected[offset + i] = src[8 - offset + i];
			assert_ptr_equal(memcpy(dst + offset, src + 8 - offset, len), dst + offset);
			assert_true(same(dst, expected, SPACE));
			for (size_t i = 0; i < len; i++)
				expected[offset + i] = 0xc3;
			memset(dst + offset, 0x1c3, len);
			assert_true(same(dst, expected, SPACE));
		}
	}
}

static void memmove_handles_every_overlap(void **state)
{
	u8 buf[SPACE], expected[SPACE], copy[SPACE];

	for (size_t len = 0; len < 150; len++) {
		for (size_t from = 0; from < 80; from += 1 + from / 20) {
			for (size_t to = 0; to < 80; to += 1 + to / 20) {
				fill(buf, SPACE, 3);
				fill(copy, SPACE, 3);
				fill(expected, SPACE, 3);
				for (size_t i = 0; i < len; i++)
					expected[to + i] = copy[from + i];
				memmove(buf + to, buf + from, len);
				assert_true(same(buf, expected, SPACE));
			}
		}
	}
}

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

static void comparisons_agree_with_bytes(void **state)
{
	u8 a[64], b[64];
	u64 seed = 4;

	for (int round = 0; round < 20000; round++) {
		size_t len = unit_random(&seed) % 40, at = unit_random(&seed) % 40;
		void *hit = NULL;

		fill(a, 64, 5);
		fill(b, 64, 5);
		b[at] = (u8)unit_random(&seed);
		assert_int_equal(sign(memcmp(a, b, len)), at < len ? sign(a[at] - b[at]) : 0);
		for (size_t i = 0; i < len && !hit; i++)
			if (b[i] == a[7])
				hit = &b[i];
		assert_ptr_equal(memchr(b, a[7] | 0x300, len), hit);
	}
}

static void strings_behave_as_in_libc(void **state)
{
	char text[80] = "", small[5];

	for (size_t len = 0; len < 60; len++) {
		for (size_t offset = 0; offset < 8; offset++)
			if (offset <= len)
				assert_int_equal(strlen(text + offset), len - offset);
		assert_int_equal(strnlen(text, 30), len < 30 ? len : 30);
		text[len] = (char)(0x80 + len);
		text[len + 1] = '\0';
	}
	assert_int_equal(strcmp("abc", "abc"), 0);
	assert_true(strcmp("abc", "abcd") < 0);
	assert_true(strcmp("\x80", "a") > 0);
	assert_int_equal(strncmp("abcx", "abcy", 3), 0);
	assert_true(strncmp("abcx", "abcy", 4) < 0);
	assert_string_equal(strchr("/usr/bin", 'r'), "r/bin");
	assert_string_equal(strrchr("/usr/bin", '/'), "/bin");
	assert_null(strchr("abc", 'x'));
	assert_non_null(strchr("abc", 0));
	assert_null(strrchr("abc", 'x'));
	assert_string_equal(strstr("quiet tick=4", "tick="), "tick=4");
	assert_null(strstr("quiet", "tick"));
	assert_int_equal(strscpy(small, "four", sizeof(small)), 4);
	assert_string_equal(small, "four");
	assert_int_equal(strscpy(small, "fives", sizeof(small)), -E2BIG);
	assert_string_equal(small, "five");
	assert_int_equal(strscpy(small, "x", 0), -E2BIG);
	assert_true(str_has_prefix("rw,nosuid", "rw"));
	assert_false(str_has_prefix("r", "rw"));
}

UNIT_MAIN(cmocka_unit_test(memcpy_and_memset_touch_only_their_range),
	  cmocka_unit_test(memmove_handles_every_overlap),
	  cmocka_unit_test(comparisons_agree_with_bytes),
	  cmocka_unit_test(strings_behave_as_in_libc))
