// SPDX-License-Identifier: MIT
// UNIT: lib/string.c vm/uio.c vm/user_copy.c
/* Transfers over segments, and faults in the middle of them. */
#include "unit_test.h"

#include "vm/uio.h"
#include "vm/user_copy.h"

/* "User memory": accesses at or above this address fault. */
static const char *user_end = (const char *)~0UL;

static size_t reachable(const void *address, size_t len)
{
	const char *at = address;

	if (at >= user_end)
		return 0;
	return min(len, (size_t)(user_end - at));
}

size_t arch_copy_from_user(void *to, const void *from, size_t len_bytes)
{
	size_t can = reachable(from, len_bytes);

	memcpy(to, from, can);
	return len_bytes - can;
}

size_t arch_copy_to_user(void *to, const void *from, size_t len_bytes)
{
	size_t can = reachable(to, len_bytes);

	memcpy(to, from, can);
	return len_bytes - can;
}

size_t arch_clear_user(void *to, size_t len_bytes)
{
	size_t can = reachable(to, len_bytes);

	memset(to, 0, can);
	return len_bytes - can;
}

static void segments_are_filled_in_order(void **state)
{
	char buffer[100];
	struct uio_segment segments[] = {
		{buffer, 3}, {buffer + 10, 0}, {buffer + 20, 30}, {buffer + 60, 5}};
	char text[40];
	struct uio uio;

	uio_init_vector(&uio, segments, 4, 38);
	for (int i = 0; i < 40; i++)
		text[i] = (char)('A' + i);
	memset(buffer, '.', sizeof(buffer));
	assert_int_equal(uio_copy_in(&uio, text, 2), 2);
	assert_int_equal(uio_copy_in(&uio, text + 2, 10), 10);
	assert_int_equal(uio_copy_in(&uio, text + 12, 100), 26);
	assert_int_equal(uio.left_bytes, 0);
	assert_memory_equal(buffer, text, 3);
	assert_int_equal(buffer[3], '.');
	assert_memory_equal(buffer + 20, text + 3, 30);
	assert_memory_equal(buffer + 60, text + 33, 5);
	assert_int_equal(buffer[65], '.');
	assert_int_equal(uio_copy_in(&uio, text, 1), 0);
}

static void a_fault_ends_the_transfer_where_it_is(void **state)
{
	char buffer[64], out[64];
	struct uio uio;

	memset(buffer, 'x', sizeof(buffer));
	user_end = buffer + 20;
	uio_init_user(&uio, buffer + 5, 50);
	assert_int_equal(uio_copy_out(&uio, out, 10), 10);
	assert_int_equal(uio_copy_out(&uio, out, 10), 5);
	assert_int_equal(uio.left_bytes, 35);
	assert_int_equal(uio_zero(&uio, 10), 0);
	user_end = (const char *)~0UL;
	uio_advance(&uio, 30);
	assert_int_equal(uio_zero(&uio, 100), 5);
	assert_int_equal(buffer[49], 'x');
	assert_int_equal(buffer[50], 0);
	assert_int_equal(buffer[54], 0);
	assert_int_equal(buffer[55], 'x');
}

static void structures_of_another_size_are_fitted(void **state)
{
	u32 from[4] = {1, 2, 0, 0}, to[2] = {9, 9};

	assert_int_equal(copy_struct_from_user(to, 8, from, 16), 0);
	assert_int_equal(to[1], 2);
	from[3] = 1;
	assert_int_equal(copy_struct_from_user(to, 8, from, 16), -E2BIG);
	assert_int_equal(copy_struct_from_user(to, 8, from, 4), 0);
	assert_int_equal(to[0], 1);
	assert_int_equal(to[1], 0);
	assert_int_equal(copy_struct_from_user(to, 8, from, 1 << 20), -E2BIG);
	user_end = (const char *)from;
	assert_int_equal(copy_struct_from_user(to, 8, from, 8), -EFAULT);
	user_end = (const char *)~0UL;
}

UNIT_MAIN(cmocka_unit_test(segments_are_filled_in_order),
	  cmocka_unit_test(a_fault_ends_the_transfer_where_it_is),
	  cmocka_unit_test(structures_of_another_size_are_fitted))
