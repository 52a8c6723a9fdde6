// SPDX-License-Identifier: MIT
/*
 * fd_find_model_test.c -- lookups in a shared table, in every order of the steps of two CPUs: one
 * looks, the other closes, grows the table, and uses the file's memory for another file.
 */
#include "unit_test.h"

#include "interleave.h"

#include "vfs/file/fd_find.c"

/* What file.pos says that its memory is. */
enum { NO_FILE, SOUGHT, FOREIGN };

#define GROWN 64U /* a number that only the larger array has */

static struct fdtable table;
static struct file file, second;
static struct file *slots[GROWN + 1], *more_slots[GROWN + 1];
static unsigned nr_found, nr_flown;

void file_free(struct file *f)
{
	interleave_check(READ_ONCE(f->pos) != NO_FILE);
	WRITE_ONCE(f->pos, NO_FILE);
}

void fdtable_flown(void)
{
	nr_flown++;
}

static void make(struct file *f, u64 what)
{
	WRITE_ONCE(f->pos, what);
	refcount_publish(&f->refs, 1);
}

static void reset(void)
{
	memset(&file, 0, sizeof(file));
	memset(&second, 0, sizeof(second));
	memset(slots, 0, sizeof(slots));
	memset(more_slots, 0, sizeof(more_slots));
	table.files = slots;
	table.size = GROWN;
	slots[GROWN] = (struct file *)8; /* behind the end */
	file.refs.value = 1;
	file.pos = SOUGHT;
	slots[0] = &file;
	nr_found = nr_flown = 0;
	unit_preempt_count = 0;
}

static u64 hash(u64 h)
{
	h = interleave_mix(h, file.refs.value << 16 | second.refs.value);
	h = interleave_mix(h, file.pos << 16 | second.pos);
	h = interleave_mix(h, (uintptr_t)slots[0] ^ (uintptr_t)more_slots[0]);
	h = interleave_mix(h, (uintptr_t)more_slots[GROWN]);
	h = interleave_mix(h, (uintptr_t)table.files ^ table.size);
	return interleave_mix(h, nr_found << 16 | nr_flown);
}

static void look(u32 fd)
{
	struct fd_ref ref = fd_get_shared(&table, (int)fd);

	if (!ref.file)
		return;
	interleave_check(READ_ONCE(ref.file->pos) == SOUGHT);
	nr_found++;
	fd_put_light(ref);
}

static void set(struct file **slot, struct file *f)
{
	__atomic_store_n(slot, f, __ATOMIC_RELEASE);
}

/* Another process opens and closes, if the memory is free. */
static void use_by_others(void)
{
	if (READ_ONCE(file.pos) != NO_FILE)
		return;
	make(&file, FOREIGN);
	__atomic_fetch_or(&file.mode, FILE_IN_FLIGHT, __ATOMIC_RELAXED);
	__atomic_fetch_and(&file.mode, ~FILE_IN_FLIGHT, __ATOMIC_RELAXED);
	file_put(&file);
}

static void close_it(struct file **slot)
{
	set(slot, NULL);
	file_put(&file);
}

static void a_closed_one(unsigned cpu)
{
	if (cpu == 0) {
		look(0);
	} else {
		close_it(&slots[0]);
		use_by_others();
	}
}

static void nothing_is_left(void)
{
	interleave_check(!file.refs.value && file.pos == NO_FILE);
	interleave_check(!unit_preempt_count);
}

/* dup2: the slot always has a file. */
static void a_replaced_one(unsigned cpu)
{
	if (cpu == 0) {
		look(0);
		interleave_check(nr_found == 1);
	} else {
		make(&second, SOUGHT);
		set(&slots[0], &second);
		file_put(&file);
		use_by_others();
	}
}

static void the_second_is_left(void)
{
	nothing_is_left();
	interleave_check(second.refs.value == 1 && second.pos == SOUGHT);
}

/* As grow_step does. */
static void grow(void)
{
	set(&more_slots[0], READ_ONCE(slots[0]));
	__atomic_store_n(&table.files, more_slots, __ATOMIC_RELEASE);
	__atomic_store_n(&table.size, GROWN + 1, __ATOMIC_RELEASE);
}

static void one_closed_after_growth(unsigned cpu)
{
	if (cpu == 0) {
		look(0);
	} else {
		grow();
		close_it(&more_slots[0]);
		use_by_others();
	}
}

static void one_opened_after_growth(unsigned cpu)
{
	if (cpu == 0) {
		look(GROWN);
	} else {
		grow();
		make(&second, SOUGHT);
		set(&more_slots[GROWN], &second);
		set(&more_slots[GROWN], NULL);
		file_put(&second);
		close_it(&more_slots[0]);
	}
}

static void both_are_gone(void)
{
	nothing_is_left();
	interleave_check(!second.refs.value && second.pos == NO_FILE);
}

static void explore(void (*run)(unsigned cpu), void (*check)(void))
{
	struct interleave model = {
		.nr_cpus = 2, .reset = reset, .run = run, .hash = hash, .check = check};

	interleave_explore(&model);
}

static void a_closed_file_is_not_found(void **state)
{
	explore(a_closed_one, nothing_is_left);
}

static void a_slot_that_is_never_empty_always_has_one(void **state)
{
	explore(a_replaced_one, the_second_is_left);
}

static void an_old_array_does_not_count(void **state)
{
	explore(one_closed_after_growth, nothing_is_left);
}

static void nobody_looks_behind_the_end(void **state)
{
	explore(one_opened_after_growth, both_are_gone);
}

/* What others have in flight is told to the collector, if our reference was in its way. */
static void a_stale_reference_is_given_back(void **state)
{
	(void)state;
	reset();
	file.refs.value = 2;
	file.mode = FILE_IN_FLIGHT;
	put_stale(&file);
	assert_int_equal(nr_flown, 1);
	assert_int_equal(file.refs.value, 1);
	put_stale(&file);
	assert_int_equal(nr_flown, 1);
	assert_int_equal(file.pos, NO_FILE);
}

UNIT_MAIN(cmocka_unit_test(a_closed_file_is_not_found),
	  cmocka_unit_test(a_slot_that_is_never_empty_always_has_one),
	  cmocka_unit_test(an_old_array_does_not_count),
	  cmocka_unit_test(nobody_looks_behind_the_end),
	  cmocka_unit_test(a_stale_reference_is_given_back))
