// SPDX-License-Identifier: MIT
/*
 * dentry_refs_test.c -- the references of a cached name, in every order of the steps of two CPUs,
 * and those orders of three where one is interrupted up to twice.
 *
 * Idea. There is one entry. CPUs find it without a lock and use it, evict it, delete it, or forget
 *   it with its directory, as dentry.c and dentry_end.c do. That its memory stays until nobody
 *   looks at it any more is the matter of epoch_model_test.c: here it is never reused.
 * Invariants, in every order. Who has a reference uses an entry that has not ended; it ends once;
 *   in the end it is there, in use or not as the counts say, or has ended and is not found.
 */
#include "unit_test.h"

#include "interleave.h"

#include "sync/spinlock.h"
#include "vfs/name/dentry_refs.h"

static struct spinlock lock = SPINLOCK_INIT(leaf);
static struct dentry_refs refs;
static u32 is_found; /* it is where lookups find it; written under the lock */
static u32 ended;
static s32 nr_unused;

static void reset(void)
{
	spin_lock_init(&lock, leaf);
	dentry_refs_init(&refs);
	is_found = 1;
	ended = 0;
	nr_unused = 1;
	refs.word.value = 0;
	unit_preempt_count = 0;
}

static u64 hash(u64 h)
{
	return interleave_mix(h, (u64)refs.word.value << 32 | lock.tickets);
}

/* Locks: held. */
static void end(void)
{
	WRITE_ONCE(is_found, 0);
	interleave_check(!READ_ONCE(ended));
	WRITE_ONCE(ended, 1);
}

static void end_unused(void)
{
	__atomic_fetch_add(&nr_unused, -1, __ATOMIC_RELAXED);
	end();
}

static void put(void)
{
	switch (dentry_refs_put(&refs)) {
	case DENTRY_PUT:
		break;
	case DENTRY_PUT_UNUSED:
		__atomic_fetch_add(&nr_unused, 1, __ATOMIC_RELAXED);
		break;
	case DENTRY_NEEDS_LOCK:
		spin_lock(&lock);
		if (dentry_refs_put_eager(&refs))
			end();
		spin_unlock(&lock);
	}
}

static void use(void)
{
	enum dentry_get got;

	if (!READ_ONCE(is_found))
		return;
	got = dentry_refs_get_found(&refs);
	if (got == DENTRY_NOT_GOT)
		return;
	if (got == DENTRY_GOT_UNUSED)
		__atomic_fetch_add(&nr_unused, -1, __ATOMIC_RELAXED);
	interleave_check(!READ_ONCE(ended));
	put();
}

static void use_with_lock(void)
{
	bool found;

	spin_lock(&lock);
	found = READ_ONCE(is_found);
	if (found) {
		interleave_check(!dentry_refs_are_dead(&refs)); /* R1 */
		if (dentry_refs_get(&refs))
			__atomic_fetch_add(&nr_unused, -1, __ATOMIC_RELAXED);
	}
	spin_unlock(&lock);
	if (found) {
		interleave_check(!READ_ONCE(ended));
		put();
	}
}

static void evict(void)
{
	spin_lock(&lock);
	if (READ_ONCE(is_found) && dentry_refs_kill_unused(&refs))
		end_unused();
	spin_unlock(&lock);
}

static void delete (void)
{
	bool found;

	spin_lock(&lock);
	found = READ_ONCE(is_found);
	if (found && dentry_refs_get(&refs))
		__atomic_fetch_add(&nr_unused, -1, __ATOMIC_RELAXED);
	spin_unlock(&lock);
	if (!found)
		return;
	spin_lock(&lock);
	WRITE_ONCE(is_found, 0);
	interleave_check(!dentry_refs_make_eager(&refs));
	spin_unlock(&lock);
	put();
}

static void forget(void)
{
	spin_lock(&lock);
	if (READ_ONCE(is_found) && dentry_refs_make_eager(&refs))
		end_unused();
	spin_unlock(&lock);
}

static void check(void)
{
	interleave_check(ended == dentry_refs_are_dead(&refs));
	interleave_check(nr_unused == (refs.word.value == 0));
	interleave_check(ended ? !is_found : is_found && !refs.word.value);
}

static void explore(unsigned nr_cpus, void (*run)(unsigned cpu))
{
	struct interleave model = {
		.nr_cpus = nr_cpus, .reset = reset, .run = run, .hash = hash, .check = check};

	interleave_explore(&model);
}

#define CASE(name, first, second)                                                                  \
	static void name##_run(unsigned cpu)                                                       \
	{                                                                                          \
		if (cpu == 0)                                                                      \
			first();                                                                   \
		else                                                                               \
			second();                                                                  \
	}                                                                                          \
	static void name(void **state)                                                             \
	{                                                                                          \
		(void)state;                                                                       \
		explore(2, name##_run);                                                            \
	}

CASE(two_users, use, use)
CASE(user_and_eviction, use, evict)
CASE(user_and_deletion, use, delete)
CASE(user_and_forgetting, use, forget)
CASE(locked_user_and_eviction, use_with_lock, evict)
CASE(locked_user_and_forgetting, use_with_lock, forget)
CASE(two_evictions, evict, evict)
CASE(deletion_and_forgetting, delete, forget)

static void three_run(unsigned cpu)
{
	if (cpu == 0)
		use();
	else if (cpu == 1)
		evict();
	else
		delete ();
}

static void user_eviction_and_deletion(void **state)
{
	(void)state;
	explore(3, three_run);
}

static void forgotten_run(unsigned cpu)
{
	if (cpu == 2)
		forget();
	else
		use();
}

static void two_users_and_forgetting(void **state)
{
	(void)state;
	explore(3, forgotten_run);
}

/* R4: what overflows is never unused again, and no lookup without the lock gets it. */
static void an_overflow_saturates(void **state)
{
	(void)state;
	reset();
	refs.word.value = REFCOUNT_MAX & ~1U;
	assert_int_equal(dentry_refs_get_found(&refs), DENTRY_NOT_GOT);
	assert_false(dentry_refs_get(&refs));
	assert_int_equal(refs.word.value, REFCOUNT_SATURATED);
	assert_int_equal(dentry_refs_put(&refs), DENTRY_PUT);
	assert_int_equal(refs.word.value, REFCOUNT_SATURATED);
	assert_false(dentry_refs_are_dead(&refs) || dentry_refs_kill_unused(&refs));
}

UNIT_MAIN(cmocka_unit_test(two_users), cmocka_unit_test(user_and_eviction),
	  cmocka_unit_test(user_and_deletion), cmocka_unit_test(user_and_forgetting),
	  cmocka_unit_test(locked_user_and_eviction), cmocka_unit_test(locked_user_and_forgetting),
	  cmocka_unit_test(two_evictions), cmocka_unit_test(deletion_and_forgetting),
	  cmocka_unit_test(user_eviction_and_deletion), cmocka_unit_test(two_users_and_forgetting),
	  cmocka_unit_test(an_overflow_saturates))
