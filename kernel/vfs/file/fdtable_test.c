// SPDX-License-Identifier: MIT
/*
 * Descriptor tables against an array: random open, dup to a number, close, close-on-exec, copies,
 * in small numbers and in large, with and without the limit in the way.
 */
#include "unit_memory.h"
#include "unit_test.h"
#include "unit_vfs.h"

#include "core/errno.h"
#include "vfs/file/fdtable.h"
#include "vfs/vfs.h"

#include <linux/close_range.h>

#define SLOTS 700

static struct file *model[SLOTS];
static bool model_cloexec[SLOTS];
static const struct file_ops no_ops;
static u64 seed = 5;

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_random(&seed) % n);
}

static struct file *file_new(void)
{
	struct inode *inode;
	struct file *file;

	assert_int_equal(anon_inode_create(0600, &inode), 0);
	assert_int_equal(file_alloc(inode, NULL, &no_ops, 0, &file), 0);
	inode_put(inode);
	return file;
}

static int lowest_free(int from, unsigned limit)
{
	for (; from < (int)limit; from++)
		if (!model[from])
			return from;
	return -EMFILE;
}

static void do_install(unsigned limit)
{
	int from = pick(4) ? 0 : (int)pick(limit), want = lowest_free(from, limit);
	struct file *file = file_new();
	bool cloexec = pick(2);

	assert_int_equal(fd_install(file, from, cloexec), want);
	if (want < 0)
		return;
	model[want] = file;
	model_cloexec[want] = cloexec;
}

static void do_replace(unsigned limit)
{
	int fd = (int)pick(SLOTS), want = fd < (int)limit ? fd : -EBADF;
	struct file *file = file_new();

	assert_int_equal(fd_replace(fd, file, false), want);
	if (want >= 0) {
		model[fd] = file;
		model_cloexec[fd] = false;
	}
	file_put(file);
}

static void do_close_range(void)
{
	unsigned first = pick(SLOTS), last = first + pick(20);
	bool mark = pick(2);

	assert_int_equal(fd_close_range(first, last, mark ? CLOSE_RANGE_CLOEXEC : 0), 0);
	for (unsigned fd = first; fd <= last && fd < SLOTS; fd++) {
		if (mark)
			model_cloexec[fd] = true;
		else
			model[fd] = NULL;
	}
}

static void do_close(void)
{
	int fd = (int)pick(SLOTS);

	assert_int_equal(fd_close(fd), model[fd] ? 0 : -EBADF);
	model[fd] = NULL;
}

static void compare(struct fdtable *table)
{
	struct file *file;
	int fd = -1;

	for (int i = 0; i < SLOTS; i++) {
		struct fd_ref ref = fd_get_light(i);

		assert_ptr_equal(ref.file, model[i]);
		fd_put_light(ref);
		fdtable_get(table); /* it is shared now */
		ref = fd_get_light(i);
		assert_ptr_equal(ref.file, model[i]);
		assert_int_equal(ref.counted, model[i] != NULL);
		fd_put_light(ref);
		fdtable_put(table);
		assert_int_equal(fd_get_close_on_exec(i), model[i] ? model_cloexec[i] : -EBADF);
		if (!model[i])
			continue;
		fd = fdtable_next(table, fd + 1, &file);
		assert_int_equal(fd, i);
		assert_ptr_equal(file, model[i]);
		file_put(file);
	}
}

static void random_operations_match_the_model(void **state)
{
	struct fdtable *copy, *table;

	(void)state;
	unit_vfs_init(MIB(64), 0, 0);
	table = fdtable_current();
	for (unsigned i = 0; i < 20000; i++) {
		unsigned what = pick(100), limit = i % 4000 < 2000 ? SLOTS : 100;

		vfs_limits_kernel.nofile = limit;
		if (what < 55)
			do_install(limit);
		else if (what < 65)
			do_replace(limit);
		else if (what < 97)
			do_close();
		else
			do_close_range();
		if (i % 100 == 0)
			compare(table);
	}
	/* A copy has the same files; exec leaves what is not marked. */
	assert_int_equal(fdtable_copy(table, &copy), 0);
	unit_current_thread->files = copy;
	compare(copy);
	fdtable_close_on_exec(copy);
	for (int i = 0; i < SLOTS; i++)
		if (model_cloexec[i])
			model[i] = NULL;
	compare(copy);
	fdtable_put(copy);
	unit_current_thread->files = table;
	fdtable_put(table);
	assert_int_equal(file_count(), 0);
	assert_int_equal(inode_count(), 1);
}

static void a_reserved_number_is_nobody_elses(void **state)
{
	struct file *file = file_new();
	int fd;

	(void)state;
	assert_int_equal(fdtable_create(&unit_current_thread->files), 0);
	fd = fd_reserve(0, false);
	assert_int_equal(fd, 0);
	assert_null(fd_get_light(0).file);
	assert_int_equal(fd_close(0), -EBADF);
	assert_int_equal(fd_replace(0, file, false), -EBUSY);
	assert_int_equal(fd_reserve(0, false), 1);
	fd_unreserve(0);
	fd_fill(1, file);
	assert_ptr_equal(fd_get_light(1).file, file);
	assert_int_equal(fd_reserve(0, false), 0);
	fdtable_put(unit_current_thread->files);
	assert_int_equal(file_count(), 0);
}

UNIT_MAIN(cmocka_unit_test(random_operations_match_the_model),
	  cmocka_unit_test(a_reserved_number_is_nobody_elses))
