// SPDX-License-Identifier: MIT
// UNIT: lib/string.c mm/boot_alloc.c mm/buddy.c mm/page_alloc.c mm/fail_alloc.c
// UNIT: mm/slab.c mm/slab_check.c mm/slab_debug.c mm/kmalloc.c
// UNIT: mm/account.c mm/memory_wait.c mm/box.c mm/user_account.c
#include "unit_test.h"
#include "unit_memory.h"

#include <errno.h>
#include <pthread.h>

#include "mm/account.h"
#include "mm/kmalloc.h"

static struct thread thread;
static struct slab_cache cache;

static int setup(void **state)
{
	unit_memory_init(MIB(32));
	slab_init(0x5ec2e7a11f00d5UL);
	account_init();
	slab_cache_init(&cache, "thing", 100, 0);
	memset(&thread, 0, sizeof(thread));
	unit_current_thread = &thread;
	return 0;
}

static struct account *enter_account(struct box *box)
{
	struct account *account = account_create(box, &user_account_root, 7);

	assert_non_null(account);
	thread.account = account;
	return account;
}

static u64 box_present(struct box *box)
{
	struct box_count count;

	box_read(box, BOX_MEMORY, &count);
	return count.present;
}

static void each_kind_of_memory_is_charged_and_given_back(void **state)
{
	struct account *account = enter_account(&box_root);
	struct page *one = page_alloc_one(PAGE_USER), *block;
	void *object, *small, *large;

	assert_int_equal(account_bytes(account), ACCOUNT_HOLD + PAGE_SIZE);
	assert_int_equal(account->pages[PAGE_KIND_USER], 1);
	assert_int_equal(page_alloc(2, PAGE_KERNEL, &block), 0);
	assert_int_equal(account_bytes(account), ACCOUNT_HOLD + 5 * PAGE_SIZE);
	assert_int_equal(account->pages[PAGE_KIND_KERNEL], 4);
	object = slab_alloc(&cache, 0);
	assert_int_equal(account_bytes(account), ACCOUNT_HOLD + 5 * PAGE_SIZE + cache.stride);
	small = kmalloc(40, 0);
	large = kmalloc(4096, 0);
	assert_in_range(account_bytes(account) - 5 * PAGE_SIZE, 4096 + 40 + 100, 4096 + 400);
	assert_int_equal(account_sum_bytes(), account_bytes(account));
	/* no matter which thread frees it, this account is uncharged */
	thread.account = NULL;
	page_put(one);
	page_put(block);
	kfree(small);
	kfree(large);
	assert_int_equal(account_bytes(account), ACCOUNT_HOLD + cache.stride);
	slab_free(&cache, object);
	assert_int_equal(account_bytes(account), ACCOUNT_HOLD);
	assert_true(account->peak > 6 * PAGE_SIZE);
	account_put(account);
	assert_int_equal(account_count(), 0);
}

static void what_is_nobodys_is_not_charged(void **state)
{
	struct account *account = enter_account(&box_root);
	void *mine = kmalloc(100, PAGE_UNCHARGED);
	struct page *page = page_alloc_one(PAGE_KERNEL | PAGE_UNCHARGED);
	struct account *before = account_enter(NULL);
	void *other = kmalloc(8192, 0);

	account_leave(before);
	assert_int_equal(account_bytes(account), ACCOUNT_HOLD);
	kfree(mine);
	kfree(other);
	page_put(page);
	assert_int_equal(account_bytes(account), ACCOUNT_HOLD);
	thread.account = NULL;
	account_put(account);
}

static void an_account_outlives_its_process(void **state)
{
	struct account *account = enter_account(&box_root);
	void *object = slab_alloc(&cache, 0);

	thread.account = NULL;
	account_put(account);
	assert_int_equal(account_count(), 1);
	assert_int_equal(account_bytes(account), cache.stride);
	slab_free(&cache, object);
	assert_int_equal(account_count(), 0);
}

static struct box *relieved;

static bool note_box(struct box *box, struct memory_patience *patience)
{
	relieved = box;
	return patience->nr_pauses++ < 1;
}

/* The limits of all boxes on the way count, and those alone. */
static void waits_are_for_the_box_that_is_full(struct box *box, struct page **page)
{
	struct memory_patience patience = {0};

	page_alloc_set_out_of_memory(note_box);
	assert_true(page_alloc_relieve(&patience));
	assert_ptr_equal(relieved, box);
	page_put(*page);
	assert_false(page_alloc_relieve(&patience));
	assert_null(relieved); /* a page of it is free: memory has run out elsewhere */
	page_alloc_set_out_of_memory(NULL);
	assert_non_null(*page = page_alloc_one(PAGE_USER));
}

static void the_narrowest_limit_on_the_way_decides(void **state)
{
	struct box *outer, *inner;
	struct box_count count;
	struct account *account;
	struct page *pages[4];

	assert_int_equal(box_create(&box_root, "outer", &outer), 0);
	assert_int_equal(box_create(outer, "inner", &inner), 0);
	box_set_limit(outer, BOX_MEMORY, 3 * PAGE_SIZE + ACCOUNT_HOLD);
	box_set_limit(inner, BOX_MEMORY, 10 * PAGE_SIZE);
	account = enter_account(inner);
	for (int i = 0; i < 3; i++)
		assert_non_null(pages[i] = page_alloc_one(PAGE_USER));
	assert_null(page_alloc_one(PAGE_USER));
	assert_null(slab_alloc(&cache, 0));
	/* a refused charge leaves nothing behind at any level */
	assert_int_equal(box_present(outer), 3 * PAGE_SIZE + ACCOUNT_HOLD);
	assert_int_equal(box_present(inner), 3 * PAGE_SIZE + ACCOUNT_HOLD);
	assert_int_equal(account_bytes(account), 3 * PAGE_SIZE + ACCOUNT_HOLD);
	box_read(outer, BOX_MEMORY, &count);
	assert_true(count.refusals >= 2); /* an allocation may try more than once */
	assert_int_equal(count.peak, count.present);
	waits_are_for_the_box_that_is_full(inner, &pages[0]);
	box_read(&box_root, BOX_MEMORY, &count);
	assert_int_equal(count.present, account_bytes(account));
	for (int i = 0; i < 3; i++)
		page_put(pages[i]);
	thread.account = NULL;
	box_put(inner);
	box_put(outer);
	account_put(account); /* the last reference that holds the box */
	assert_int_equal(account_count(), 0);
}

static void tasks_are_counted_up_to_the_root(void **state)
{
	struct box *box;
	struct box_count count;

	assert_int_equal(box_create(&box_root, "box", &box), 0);
	box_set_limit(box, BOX_TASKS, 2);
	assert_int_equal(box_charge(box, BOX_TASKS, 1), 0);
	assert_int_equal(box_charge(box, BOX_TASKS, 1), 0);
	assert_int_equal(box_charge(box, BOX_TASKS, 1), -EAGAIN);
	box_read(&box_root, BOX_TASKS, &count);
	assert_int_equal(count.present, 2);
	box_uncharge(box, BOX_TASKS, 2);
	box_read(&box_root, BOX_TASKS, &count);
	assert_int_equal(count.present, 0);
	box_put(box);
}

static void users_are_found_and_limited(void **state)
{
	struct user_account *user = user_account_lookup(1000), *same = user_account_lookup(1000);

	assert_ptr_equal(user, same);
	assert_ptr_equal(user_account_lookup(0), &user_account_root);
	assert_int_equal(user_charge(user, USER_SIGNALS, 5, 10), 0);
	assert_int_equal(user_charge(same, USER_SIGNALS, 6, 10), -EAGAIN);
	assert_int_equal(user_charge(same, USER_SIGNALS, 5, 10), 0);
	assert_int_equal(user_present(user, USER_SIGNALS), 10);
	assert_int_equal(user_charge(user, USER_SIGNALS, 1, USER_NO_LIMIT), 0);
	assert_int_equal(user->counts[USER_SIGNALS].refusals, 1);
	user_uncharge(user, USER_SIGNALS, 11);
	assert_int_equal(user->counts[USER_SIGNALS].peak, 11);
	user_account_put(user);
	user_account_put(same);
}

static void an_account_changes_its_user(void **state)
{
	struct account *account = enter_account(&box_root);
	struct user_account *user = user_account_lookup(1000);

	account_set_user(account, user);
	user_account_put(user);
	assert_int_equal(account_uid(account), 1000); /* the account keeps its user alive */
	thread.account = NULL;
	account_put(account);
}

#define RACERS 4
#define ROUNDS 20000

static struct box *contended;

static void *race(void *over)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (box_charge(contended, BOX_MEMORY, 3))
			continue;
		if (__atomic_load_n(&contended->counts[BOX_MEMORY].present, __ATOMIC_RELAXED) > 7)
			*(bool *)over = true;
		box_uncharge(contended, BOX_MEMORY, 3);
	}
	return NULL;
}

static void no_race_passes_a_limit(void **state)
{
	pthread_t racers[RACERS];
	bool over = false;

	assert_int_equal(box_create(&box_root, "race", &contended), 0);
	box_set_limit(contended, BOX_MEMORY, 7);
	for (int i = 0; i < RACERS; i++)
		assert_int_equal(pthread_create(&racers[i], NULL, race, &over), 0);
	for (int i = 0; i < RACERS; i++)
		pthread_join(racers[i], NULL);
	assert_false(over);
	assert_int_equal(box_present(contended), 0);
	box_put(contended);
}

UNIT_MAIN(cmocka_unit_test_setup(each_kind_of_memory_is_charged_and_given_back, setup),
	  cmocka_unit_test_setup(what_is_nobodys_is_not_charged, setup),
	  cmocka_unit_test_setup(an_account_outlives_its_process, setup),
	  cmocka_unit_test_setup(the_narrowest_limit_on_the_way_decides, setup),
	  cmocka_unit_test_setup(tasks_are_counted_up_to_the_root, setup),
	  cmocka_unit_test_setup(users_are_found_and_limited, setup),
	  cmocka_unit_test_setup(an_account_changes_its_user, setup),
	  cmocka_unit_test_setup(no_race_passes_a_limit, setup))
