// SPDX-License-Identifier: MIT
// UNIT: lib/string.c lib/id_alloc.c proc/pid.c
/* Process numbers: used again only after all others, never while anything has them. */
#include "unit_heap.h"
#include "unit_test.h"

#include "core/errno.h"
#include "proc/pid.h"

static struct pid *find(pid_t number)
{
	struct pid *pid;

	process_tree_lock();
	pid = pid_find(number);
	process_tree_unlock();
	return pid;
}

static pid_t next(pid_t from)
{
	pid_t number;

	process_tree_lock();
	number = pid_next(from);
	process_tree_unlock();
	return number;
}

static void numbers_go_round(void **state)
{
	pid_t last = pid_last();
	struct pid *pid;

	(void)state;
	for (unsigned i = 0; i < 3 * PID_MAX; i++) {
		assert_int_equal(pid_alloc(&pid), 0);
		assert_int_equal(pid->number, last == PID_MAX - 1 ? 1 : last + 1);
		last = pid->number;
		assert_ptr_equal(find(last), pid);
		pid_put(pid);
		assert_null(find(last));
	}
}

static void each_number_is_given_once(void **state)
{
	static struct pid *pids[PID_MAX];
	struct pid *pid;
	pid_t number;
	unsigned nr = 0;

	(void)state;
	while (pid_alloc(&pid) == 0) {
		assert_in_range(pid->number, 1, PID_MAX - 1);
		assert_null(pids[pid->number]);
		pids[pid->number] = pid;
		nr++;
	}
	assert_int_equal(nr, PID_MAX - 1);
	assert_int_equal(pid_alloc(&pid), -EAGAIN);
	for (number = 1; number < PID_MAX; number++)
		assert_ptr_equal(find(number), pids[number]);
	/* One that is free again is found, wherever the search begins. */
	for (number = 7; number < PID_MAX; number += 5000) {
		pid_get(pids[number]);
		pid_put(pids[number]); /* not the last reference */
		assert_int_equal(pid_alloc(&pid), -EAGAIN);
		pid_put(pids[number]);
		assert_int_equal(next(number), number + 1);
		assert_int_equal(pid_alloc(&pids[number]), 0);
		assert_int_equal(pids[number]->number, number);
	}
	for (number = 1; number < PID_MAX; number++)
		pid_put(pids[number]);
	assert_int_equal(next(1), 0);
	assert_int_equal(unit_heap_in_use, 0);
}

static void no_memory_is_no_number(void **state)
{
	pid_t last = pid_last();
	struct pid *pid;

	(void)state;
	unit_heap_left = 0;
	assert_int_equal(pid_alloc(&pid), -ENOMEM);
	unit_heap_left = -1;
	assert_int_equal(pid_last(), last);
}

static int setup(void **state)
{
	(void)state;
	pid_init();
	return 0;
}

UNIT_MAIN_AFTER(setup, cmocka_unit_test(numbers_go_round),
		cmocka_unit_test(each_number_is_given_once),
		cmocka_unit_test(no_memory_is_no_number))
