// SPDX-License-Identifier: MIT
// UNIT: ipc/eventfd.c
/*
 * eventfd_test.c -- event counters against a number.
 *
 * Random reads and writes near both ends of the range, as a counter and as a semaphore; then what
 * waits for room or for a count, and is woken by just that.
 */
#include "unit_sleep.h"
#include "unit_test.h"
#include "unit_vfs.h"

#include "core/errno.h"
#include "ipc/eventfd.h"
#include "mm/slab.h"

#define SEMAPHORE 1
#define MOST (~0UL - 1)

static u64 seed = 29, count;
static struct file *file;
static bool is_semaphore;

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_random(&seed) % n);
}

static void open_counter(u64 initial, int flags)
{
	assert_int_equal(eventfd_create(initial, flags, &file), 0);
	count = initial;
	is_semaphore = flags & SEMAPHORE;
}

static ssize_t put(u64 value, size_t size)
{
	struct uio uio;

	uio_init_user(&uio, &value, size);
	return file_write(file, &uio, NULL);
}

static ssize_t take(u64 *value, size_t size)
{
	u64 buffer[2] = {0};
	struct uio uio;
	ssize_t n;

	uio_init_user(&uio, buffer, size);
	n = file_read(file, &uio, NULL);
	*value = buffer[0];
	return n;
}

/* ---- the number ------------------------------------------------------------------------------ */

static void put_and_compare(u64 value)
{
	bool fits = value <= MOST - count;

	if (value == ~0UL) {
		assert_int_equal(put(value, 8), -EINVAL);
		return;
	}
	assert_int_equal(put(value, 8), fits ? 8 : -EAGAIN);
	count += fits ? value : 0;
}

static void take_and_compare(void)
{
	u64 value, wanted = is_semaphore ? count != 0 : count;

	assert_int_equal(take(&value, 8 + pick(9)), count ? 8 : -EAGAIN);
	assert_int_equal(value, wanted);
	count -= wanted;
}

static u64 random_value(void)
{
	switch (pick(5)) {
	case 0:
		return MOST - count + pick(3);
	case 1:
		return unit_random(&seed);
	case 2:
		return ~0UL - pick(3);
	default:
		return pick(4);
	}
}

static void results_are_those_of_a_number(void **state)
{
	u64 objects = slab_nr_in_use();

	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		open_counter(pick(2) ? pick(10) : 0xffffffffU, O_NONBLOCK | (int)(round % 2));
		for (unsigned i = 0; i < 500; i++) {
			if (pick(2))
				put_and_compare(random_value());
			else
				take_and_compare();
			assert_int_equal(file_poll(file, NULL),
					 (count ? POLLIN : 0) | (count < MOST ? POLLOUT : 0));
		}
		file_put(file);
	}
	assert_int_equal(slab_nr_in_use(), objects);
}

static void short_buffers_and_unknown_flags_are_refused(void **state)
{
	u64 value;

	(void)state;
	assert_int_equal(eventfd_create(0, 2, &file), -EINVAL);
	open_counter(1, 0);
	for (size_t size = 0; size < 8; size++) {
		assert_int_equal(put(1, size), -EINVAL);
		assert_int_equal(take(&value, size), -EINVAL);
	}
	assert_int_equal(take(&value, 8), 8);
	assert_int_equal(value, 1);
	file_put(file);
}

/* ---- waiting --------------------------------------------------------------------------------- */

/* The first one wakes, but there is nothing to read. */
static int writes_come(u64 deadline_ns)
{
	static unsigned nr;

	(void)deadline_ns;
	assert_int_equal(put(nr++ % 2 ? 3 : 0, 8), 8);
	return 0;
}

static int a_read_comes(u64 deadline_ns)
{
	u64 value;

	(void)deadline_ns;
	assert_int_equal(take(&value, 8), 8);
	return 0;
}

static int interrupt(u64 deadline_ns)
{
	(void)deadline_ns;
	return -EINTR;
}

static void those_that_wait_are_woken(void **state)
{
	u64 value;

	(void)state;
	for (int flags = 0; flags <= SEMAPHORE; flags++) {
		open_counter(0, flags);
		unit_asleep = interrupt;
		assert_int_equal(take(&value, 8), -ERESTARTSYS);
		unit_asleep = writes_come;
		assert_int_equal(take(&value, 8), 8);
		assert_int_equal(value, flags ? 1 : 3);
		file_put(file);

		open_counter(0, flags);
		assert_int_equal(put(MOST, 8), 8);
		unit_asleep = interrupt;
		assert_int_equal(put(1, 8), -ERESTARTSYS);
		unit_asleep = a_read_comes;
		assert_int_equal(put(1, 8), 8);
		assert_int_equal(take(&value, 8), 8);
		assert_int_equal(value, 1);
		file_put(file);
	}
	unit_asleep = NULL;
}

static int setup(void **state)
{
	(void)state;
	unit_vfs_init(MIB(8), 0, 0);
	return 0;
}

UNIT_MAIN_AFTER(setup, cmocka_unit_test(results_are_those_of_a_number),
		cmocka_unit_test(short_buffers_and_unknown_flags_are_refused),
		cmocka_unit_test(those_that_wait_are_woken))
