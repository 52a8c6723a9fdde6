// SPDX-License-Identifier: MIT
// UNIT: lib/rbtree.c vfs/file/lock_index.c
/* The index against a list that is looked through from end to end. */
#include "unit_test.h"

#include "vfs/file/lock_index.h"

#include <linux/fcntl.h>

#define NR_LOCKS 60
#define NR_OWNERS 5
#define RANGE 400

static char owners[NR_OWNERS];
static struct file_lock locks[NR_LOCKS];
static bool in_index[NR_LOCKS];

static bool overlap(const struct file_lock *a, const struct file_lock *b)
{
	return a->start <= b->end && b->start <= a->end;
}

/* What fcntl keeps true: one owner's locks do not overlap. */
static bool may_add(const struct file_lock *lock)
{
	for (unsigned i = 0; i < NR_LOCKS; i++)
		if (in_index[i] && locks[i].owner == lock->owner && overlap(&locks[i], lock))
			return false;
	return true;
}

static void choose(struct file_lock *lock, uint64_t *seed)
{
	lock->owner = &owners[unit_random(seed) % NR_OWNERS];
	lock->start = unit_random(seed) % RANGE;
	lock->end = lock->start + unit_random(seed) % (unit_random(seed) % 4 ? 8 : RANGE);
	lock->type = unit_random(seed) % 2 ? F_WRLCK : F_RDLCK;
}

static const struct file_lock *slow_conflict(const struct file_lock *wanted)
{
	const struct file_lock *best = NULL;

	for (unsigned i = 0; i < NR_LOCKS; i++)
		if (in_index[i] && locks[i].owner != wanted->owner && overlap(&locks[i], wanted) &&
		    (locks[i].type == F_WRLCK || wanted->type == F_WRLCK) &&
		    (!best || locks[i].start < best->start))
			best = &locks[i];
	return best;
}

static const struct file_lock *slow_own(const void *owner, uint64_t from)
{
	const struct file_lock *best = NULL;

	for (unsigned i = 0; i < NR_LOCKS; i++)
		if (in_index[i] && locks[i].owner == owner && locks[i].end >= from &&
		    (!best || locks[i].start < best->start))
			best = &locks[i];
	return best;
}

static void check(struct lock_index *index, uint64_t *seed)
{
	const struct file_lock *fast, *slow, *next;
	struct file_lock wanted = {.pid = 0};

	choose(&wanted, seed);
	fast = lock_index_conflict(index, &wanted);
	slow = slow_conflict(&wanted);
	assert_int_equal(!fast, !slow);
	if (fast) {
		assert_int_equal(fast->start, slow->start);
		assert_true(overlap(fast, &wanted) && fast->owner != wanted.owner);
	}
	fast = lock_index_own_from(index, wanted.owner, wanted.start);
	assert_ptr_equal(fast, slow_own(wanted.owner, wanted.start));
	if (fast) {
		next = lock_index_own_next(fast);
		assert_ptr_equal(next, slow_own(wanted.owner, fast->end + 1));
	}
}

static void answers_as_the_list(void **state)
{
	struct lock_index index = {.shared = {0}};
	uint64_t seed = 11;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		unsigned i = unit_random(&seed) % NR_LOCKS;

		if (in_index[i] && unit_random(&seed) % 3 == 0 && locks[i].end > locks[i].start) {
			lock_index_resize(&index, &locks[i], locks[i].start + 1, locks[i].end);
		} else if (in_index[i]) {
			lock_index_remove(&index, &locks[i]);
			in_index[i] = false;
		} else {
			choose(&locks[i], &seed);
			if (may_add(&locks[i])) {
				lock_index_add(&index, &locks[i]);
				in_index[i] = true;
			}
		}
		check(&index, &seed);
	}
}

UNIT_MAIN(cmocka_unit_test(answers_as_the_list))
