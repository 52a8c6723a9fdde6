// SPDX-License-Identifier: MIT
/*
 * mount_refs_test.c -- the references on a mount, in every order of the steps of two CPUs, and
 * those orders of three where one is interrupted up to twice.
 *
 * Idea. There is one mount. CPUs find it without a lock, copy and put references, detach it at once
 *   or when nobody uses it, as mount.c does. That its memory stays until nobody looks at it any
 *   more is the matter of epoch_model_test.c: here it is never reused.
 * Invariants, in every order. Who has a reference uses a mount that has not ended; it ends once,
 *   and has ended when it is detached and the last reference is put. Who detached it because it was
 *   not in use was right: nobody gets a reference later.
 */
#include "unit_test.h"

#include "interleave.h"

static unsigned nr_cpus_up;
#include "vfs/name/dentry.h"
#include "vfs/name/dentry_table.h"
#define arch_smp_nr_cpus() nr_cpus_up
#include "vfs/name/mount_refs.h"

struct dentry_table dentry_table;
struct spinlock dentry_lock = SPINLOCK_INIT(leaf);
static union {
	struct mount_refs refs;
	u8 bytes[sizeof(struct mount_refs) + 3 * sizeof(struct mount_refs_cpu)];
} mount;
static u32 is_attached; /* the tree leads to it; written under the lock, while changes is odd */
static u32 is_place;	/* it is detached, and a working directory that threads share is in it */
static bool begins_detached;
static u32 ended;
static u32 was_unused; /* it was detached because nobody used it */

static void reset(void)
{
	spin_lock_init(&dentry_lock, leaf);
	memset(&mount, 0, sizeof(mount));
	mount_refs_init(&mount.refs);
	dentry_table.changes.sequence = 0;
	is_attached = !begins_detached;
	is_place = begins_detached;
	mount.refs.is_detached = begins_detached;
	ended = was_unused = 0;
	unit_preempt_count = 0;
}

static u64 hash(u64 h)
{
	for (unsigned i = 0; i < nr_cpus_up; i++)
		h = interleave_mix(h, mount.refs.cpus[i].gets << 32 | mount.refs.cpus[i].puts);
	h = interleave_mix(h, mount.refs.is_detached | mount.refs.has_ended << 1);
	return interleave_mix(h, (u64)dentry_table.changes.sequence << 32 | dentry_lock.tickets);
}

static void put(void)
{
	bool ends = false;

	if (mount_refs_drop(&mount.refs)) {
		spin_lock(&dentry_lock);
		ends = mount_refs_end(&mount.refs);
		spin_unlock(&dentry_lock);
	}
	if (ends) {
		interleave_check(!READ_ONCE(ended));
		WRITE_ONCE(ended, 1);
	}
}

/* True: with a reference. */
static bool find(void)
{
	u32 begun = __atomic_load_n(&dentry_table.changes.sequence, __ATOMIC_ACQUIRE);

	if (begun & 1 || (!READ_ONCE(is_attached) && !READ_ONCE(is_place)))
		return false;
	mount_refs_get(&mount.refs);
	if (__atomic_load_n(&dentry_table.changes.sequence, __ATOMIC_SEQ_CST) == begun)
		return true;
	put();
	return false;
}

static void use(void)
{
	interleave_check(!READ_ONCE(ended));
	interleave_check(!READ_ONCE(was_unused));
}

static void find_and_use(void)
{
	if (!find())
		return;
	use();
	put();
}

/* The second reference is there before the first is gone: as with a thread's that ends. */
static void find_and_copy(void)
{
	if (!find())
		return;
	mount_refs_get(&mount.refs);
	put();
	use();
	put();
}

/* chdir of another thread, which puts the reference that the place has had. */
static void leave_place(void)
{
	__atomic_store_n(&is_place, 0, __ATOMIC_RELEASE);
	put();
}

static void detach(bool only_unused)
{
	bool is_in_use = false;

	spin_lock(&dentry_lock);
	if (!READ_ONCE(is_attached)) {
		spin_unlock(&dentry_lock);
		return;
	}
	seqcount_write_begin(&dentry_table.changes, &dentry_lock);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with the reference in find() */
	if (only_unused)
		is_in_use = mount_refs_sum(&mount.refs) > 1;
	if (!is_in_use) {
		WRITE_ONCE(is_attached, 0);
		WRITE_ONCE(mount.refs.is_detached, 1);
	}
	seqcount_write_end(&dentry_table.changes);
	spin_unlock(&dentry_lock);
	if (is_in_use)
		return;
	if (only_unused)
		WRITE_ONCE(was_unused, 1);
	put();
}

static void check(void)
{
	interleave_check(mount_refs_sum(&mount.refs) == is_attached);
	interleave_check(ended == !is_attached);
	interleave_check(mount.refs.has_ended == ended);
}

static void explore(unsigned nr_cpus, void (*run)(unsigned cpu))
{
	struct interleave model = {
		.nr_cpus = nr_cpus, .reset = reset, .run = run, .hash = hash, .check = check};

	nr_cpus_up = nr_cpus;
	interleave_explore(&model);
}

#define CASE(name, nr_cpus, first, second, third)                                                  \
	static void name##_run(unsigned cpu)                                                       \
	{                                                                                          \
		if (cpu == 0)                                                                      \
			first;                                                                     \
		else if (cpu == 1)                                                                 \
			second;                                                                    \
		else                                                                               \
			third;                                                                     \
	}                                                                                          \
	static void name(void **state)                                                             \
	{                                                                                          \
		explore(nr_cpus, name##_run);                                                      \
	}

CASE(a_user_and_a_lazy_detach, 2, find_and_use(), detach(false), (void)0)
CASE(a_user_and_a_detach_of_the_unused, 2, find_and_use(), detach(true), (void)0)
CASE(a_copy_and_a_lazy_detach, 2, find_and_copy(), detach(false), (void)0)
CASE(a_copy_and_a_detach_of_the_unused, 2, find_and_copy(), detach(true), (void)0)
CASE(two_detach, 2, detach(false), detach(true), (void)0)
CASE(two_users_and_a_detach, 3, find_and_use(), find_and_copy(), detach(false))
CASE(two_users_and_a_detach_of_the_unused, 3, find_and_copy(), find_and_use(), detach(true))

static void in_the_place_run(unsigned cpu)
{
	if (cpu == 0)
		leave_place();
	else
		find_and_copy();
}

static void walks_begin_in_a_detached_mount_that_is_left(void **state)
{
	begins_detached = true;
	explore(2, in_the_place_run);
	begins_detached = false;
}

UNIT_MAIN(cmocka_unit_test(a_user_and_a_lazy_detach),
	  cmocka_unit_test(a_user_and_a_detach_of_the_unused),
	  cmocka_unit_test(a_copy_and_a_lazy_detach),
	  cmocka_unit_test(a_copy_and_a_detach_of_the_unused), cmocka_unit_test(two_detach),
	  cmocka_unit_test(two_users_and_a_detach),
	  cmocka_unit_test(two_users_and_a_detach_of_the_unused),
	  cmocka_unit_test(walks_begin_in_a_detached_mount_that_is_left))
