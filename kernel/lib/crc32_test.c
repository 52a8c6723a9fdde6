// SPDX-License-Identifier: MIT
// UNIT: lib/crc32.c
#include "unit_test.h"

#include "lib/crc32.h"
#include "lib/little_endian.h"

static void sums_are_those_of_the_standard(void **state)
{
	static const u8 zeros[32];

	assert_int_equal(crc32(0, "", 0), 0);
	assert_int_equal(crc32(0, "123456789", 9), 0xcbf43926); /* the usual check value */
	assert_int_equal(crc32(0, zeros, sizeof(zeros)), 0x190a55ad);
	assert_int_equal(crc32(0, "a", 1), 0xe8b7be43);
}

static void a_sum_goes_on(void **state)
{
	const char *text = "123456789";

	for (size_t cut = 0; cut <= 9; cut++)
		assert_int_equal(crc32(crc32(0, text, cut), text + cut, 9 - cut), 0xcbf43926);
}

/* The sum by its definition, bit by bit. */
static u32 slow_sum(const u8 *bytes, size_t len)
{
	u32 sum = ~0U;

	for (size_t i = 0; i < len; i++) {
		sum ^= bytes[i];
		for (unsigned bit = 0; bit < 8; bit++)
			sum = sum & 1 ? sum >> 1 ^ 0xedb88320 : sum >> 1;
	}
	return ~sum;
}

static void sums_are_those_of_the_definition(void **state)
{
	u64 seed = 7;
	u8 bytes[300];

	for (unsigned round = 0; round < 500; round++) {
		size_t len = unit_random(&seed) % sizeof(bytes);

		for (size_t i = 0; i < len; i++)
			bytes[i] = (u8)unit_random(&seed);
		assert_int_equal(crc32(0, bytes, len), slow_sum(bytes, len));
	}
}

static void little_endian_numbers_are_at_any_address(void **state)
{
	u8 bytes[12] = {0};

	put_le64(bytes + 3, 0x8877665544332211UL);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(bytes[3 + i], 0x11 * (i + 1));
	assert_int_equal(bytes[2] | bytes[11], 0);
	assert_int_equal(get_le16(bytes + 3), 0x2211);
	assert_int_equal(get_le32(bytes + 3), 0x44332211);
	assert_true(get_le64(bytes + 3) == 0x8877665544332211UL);
	assert_int_equal(get_le32(bytes + 7), 0x88776655);
}

UNIT_MAIN(cmocka_unit_test(sums_are_those_of_the_standard), cmocka_unit_test(a_sum_goes_on),
	  cmocka_unit_test(sums_are_those_of_the_definition),
	  cmocka_unit_test(little_endian_numbers_are_at_any_address))
