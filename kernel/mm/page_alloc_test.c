// SPDX-License-Identifier: MIT
// UNIT: lib/string.c mm/boot_alloc.c mm/buddy.c mm/page_alloc.c mm/fail_alloc.c
// UNIT: mm/account.c mm/memory_wait.c mm/box.c mm/user_account.c
// UNIT: mm/slab.c mm/slab_check.c mm/slab_debug.c mm/kmalloc.c
#include "unit_test.h"
#include "unit_memory.h"

#include <errno.h>

#include "mm/account.h"
#include "mm/boot_alloc.h"
#include "mm/fail_alloc.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"

#define NR_BLOCKS 400

struct block {
	struct page *page;
	unsigned order;
	u64 mark;
};

static void fill_block(const struct block *block)
{
	u64 *words = page_to_virt(block->page);

	for (size_t i = 0; i < (PAGE_SIZE / 8 << block->order); i += 97)
		words[i] = block->mark + i;
}

static void check_block(const struct block *block)
{
	const u64 *words = page_to_virt(block->page);

	for (size_t i = 0; i < (PAGE_SIZE / 8 << block->order); i += 97)
		assert_int_equal(words[i], block->mark + i);
}

/* The number of largest blocks that can be allocated, which tells whether everything has merged. */
static unsigned count_largest(void)
{
	static struct page *pages[64];
	unsigned count = 0;

	while (!page_alloc(PAGE_ORDER_MAX, PAGE_KERNEL, &pages[count]))
		count++;
	for (unsigned i = 0; i < count; i++)
		page_put(pages[i]);
	return count;
}

static void random_blocks_never_overlap(void **state)
{
	static struct block blocks[NR_BLOCKS];
	u64 seed = 31, free_at_start, failures = 0;
	unsigned largest;

	unit_memory_init(MIB(32));
	free_at_start = page_alloc_nr_free();
	largest = count_largest();
	assert_in_range(largest, 6, 8);
	for (int round = 0; round < 30000; round++) {
		struct block *block = &blocks[unit_random(&seed) % NR_BLOCKS];
		unsigned flags = unit_random(&seed) % 2 ? PAGE_USER : PAGE_KERNEL;

		if (block->page) {
			check_block(block);
			page_put(block->page);
			block->page = NULL;
			continue;
		}
		block->order = unit_random(&seed) % 8 ? 0 : (unsigned)(unit_random(&seed) % 7);
		if (unit_random(&seed) % 4 == 0)
			flags |= PAGE_ZERO;
		if (page_alloc(block->order, flags, &block->page)) {
			block->page = NULL;
			failures++;
			continue;
		}
		assert_int_equal(page_refs(block->page), 1);
		if (flags & PAGE_ZERO)
			for (size_t i = 0; i < (PAGE_SIZE << block->order); i += 8)
				assert_int_equal(*(u64 *)(page_to_virt(block->page) + i), 0);
		block->mark = unit_random(&seed);
		fill_block(block);
		if (round % 100 == 0)
			while (page_zero_pool_refill())
				;
	}
	assert_true(failures < 20000);
	for (int i = 0; i < NR_BLOCKS; i++) {
		if (blocks[i].page)
			page_put(blocks[i].page);
		blocks[i].page = NULL;
	}
	assert_int_equal(page_alloc_nr_free(), free_at_start);
	page_alloc_drain_cpu();
	assert_int_equal(count_largest(), largest);
}

static void memory_ends_without_harm(void **state)
{
	struct page_counts counts;
	struct page *page, *list = NULL;
	u64 free_at_start, got = 0;

	unit_memory_init(MIB(16));
	free_at_start = page_alloc_nr_free();
	while ((page = page_alloc_one(PAGE_USER | PAGE_ZERO))) {
		page->link = list;
		list = page;
		got++;
	}
	page_alloc_counts(&counts);
	assert_int_equal(counts.free + got, free_at_start);
	assert_in_range(counts.free, counts.reserve, counts.reserve + 20);
	assert_int_equal(counts.by_kind[PAGE_KIND_USER], got);
	/* The kernel may use what programs must leave. */
	while ((page = page_alloc_one(PAGE_KERNEL))) {
		page->link = list;
		list = page;
		got++;
	}
	assert_int_equal(got, free_at_start);
	assert_int_equal(page_alloc_nr_free(), 0);
	assert_int_equal(page_alloc(3, PAGE_KERNEL, &page), -ENOMEM);
	while (list) {
		page = list;
		list = page->link;
		page_put(page);
	}
	assert_int_equal(page_alloc_nr_free(), free_at_start);
	page_alloc_counts(&counts);
	assert_int_equal(counts.by_kind[PAGE_KIND_USER], 0);
	assert_true(counts.failures >= 3);
}

static void the_zeroed_pool_is_used_and_given_up(void **state)
{
	struct page_counts counts;
	struct page *page, *list = NULL;
	u64 free_at_start, got = 0;

	unit_memory_init(MIB(16));
	free_at_start = page_alloc_nr_free();
	while (page_zero_pool_refill())
		;
	page_alloc_counts(&counts);
	assert_int_equal(counts.zeroed, 32);
	assert_int_equal(counts.free, free_at_start);
	page = page_alloc_one(PAGE_USER | PAGE_ZERO);
	page_alloc_counts(&counts);
	assert_int_equal(counts.zeroed, 31);
	for (size_t i = 0; i < PAGE_SIZE; i += 8)
		assert_int_equal(*(u64 *)(page_to_virt(page) + i), 0);
	page_put(page);
	while ((page = page_alloc_one(PAGE_KERNEL))) {
		page->link = list;
		list = page;
		got++;
	}
	assert_int_equal(got, free_at_start);
	while ((page = list)) {
		list = page->link;
		page_put(page);
	}
}

static struct page *hostage;

static bool release_hostage(void)
{
	if (!hostage)
		return false;
	page_put(hostage);
	hostage = NULL;
	return true;
}

static void pressure_handlers_are_asked(void **state)
{
	struct page *page, *list = NULL;

	unit_memory_init(MIB(16));
	page_alloc_add_pressure_handler(release_hostage);
	hostage = page_alloc_one(PAGE_KERNEL);
	while ((page = page_alloc_one(PAGE_KERNEL | PAGE_NOWAIT))) {
		page->link = list;
		list = page;
	}
	assert_non_null(hostage);
	page = page_alloc_one(PAGE_KERNEL);
	assert_non_null(page);
	assert_null(hostage);
	assert_null(page_alloc_one(PAGE_KERNEL));
}

static void references_keep_pages(void **state)
{
	struct page *page;
	u64 free_at_start;

	unit_memory_init(MIB(16));
	free_at_start = page_alloc_nr_free();
	page = page_alloc_one(PAGE_USER);
	page_get(page);
	page_put(page);
	assert_int_equal(page_alloc_nr_free(), free_at_start - 1);
	page_put(page);
	assert_int_equal(page_alloc_nr_free(), free_at_start);
	assert_panics(page_free(page));
}

static void writes_to_free_pages_are_seen(void **state)
{
	struct page *page;

	unit_memory_init(MIB(16));
	page = page_alloc_one(PAGE_KERNEL);
	page_put(page);
	((u8 *)page_to_virt(page))[1234] = 1;
	assert_panics(page_alloc_one(PAGE_KERNEL));
}

static void boot_memory_can_be_adopted_and_released(void **state)
{
	u64 base = UNIT_MEMORY_BASE + MIB(9), len = 40 * PAGE_SIZE, free_at_start;
	struct page *page;

	unit_memory_init_with(MIB(16), UNIT_MEMORY_BASE + MIB(5), MIB(1), base, len);
	memset((void *)base, 0x77, len);
	free_at_start = page_alloc_nr_free();
	page = page_adopt((base >> PAGE_SHIFT) + 3, PAGE_FILE);
	assert_non_null(page);
	assert_int_equal(*(u8 *)page_to_virt(page), 0x77);
	assert_null(page_adopt((base >> PAGE_SHIFT) + 3, PAGE_FILE));
	assert_null(page_adopt((UNIT_MEMORY_BASE + MIB(5)) >> PAGE_SHIFT, PAGE_FILE));
	page_release_reserved(base, len);
	assert_int_equal(page_alloc_nr_free(), free_at_start + 39);
	page_release_reserved(base, len);
	assert_int_equal(page_alloc_nr_free(), free_at_start + 39);
	page_put(page);
	assert_int_equal(page_alloc_nr_free(), free_at_start + 40);
}

static void holes_are_left_alone(void **state)
{
	const u64 hole = UNIT_MEMORY_BASE + MIB(16), hole_bytes = MIB(24);
	struct page *page, *list = NULL;
	pfn_t pfn;

	unit_memory_init_with(MIB(64), hole, hole_bytes, 0, 0);
	for (pfn = hole >> PAGE_SHIFT; pfn < (hole + hole_bytes) >> PAGE_SHIFT; pfn++)
		pfn_to_page(pfn)->kind = 0xee;
	while ((page = page_alloc_one(PAGE_KERNEL | PAGE_NOWAIT))) {
		page->link = list;
		list = page;
	}
	assert_int_equal(page_alloc_nr_free(), 0);
	for (pfn = hole >> PAGE_SHIFT; pfn < (hole + hole_bytes) >> PAGE_SHIFT; pfn++)
		assert_int_equal(pfn_to_page(pfn)->kind, 0xee);
	assert_null(page_adopt(hole >> PAGE_SHIFT, PAGE_FILE));
	while ((page = list)) {
		list = page->link;
		page_put(page);
	}
}

static void allocations_fail_when_told_to(void **state)
{
	struct page *page;

	unit_memory_init(MIB(16));
	mm_fail_alloc_set(3);
	assert_non_null(page_alloc_one(PAGE_KERNEL));
	assert_int_equal(page_alloc(2, PAGE_KERNEL, &page), 0);
	assert_null(page_alloc_one(PAGE_KERNEL));
	assert_non_null(page_alloc_one(PAGE_KERNEL));
}

/* Take all that an allocation of @account's may have. Returns the pages that are left then. */
static u64 pages_left_by(struct account *account)
{
	struct page *page, *list = NULL;
	struct account *before = account_enter(account);
	struct page_counts counts;

	while ((page = page_alloc_one(PAGE_USER | PAGE_LIMITED))) {
		page->link = list;
		list = page;
	}
	account_leave(before);
	page_alloc_counts(&counts);
	while (list) {
		page = list;
		list = page->link;
		page_put(page);
	}
	page_alloc_drain_cpu();
	return counts.free;
}

/* A set-user-ID program has privileges, and leaves what its real user has to leave. */
static void the_reserve_is_for_programs_of_the_real_root(void **state)
{
	struct user_account user = {.uid = 1000};
	struct page_counts counts;
	struct account *account;

	unit_memory_init(MIB(16));
	slab_init(0x5ec2e7a11f00d5UL);
	account_init();
	refcount_init(&user.refs, 1);
	account = account_create(&box_root, &user_account_root, 1);
	assert_non_null(account);
	page_alloc_counts(&counts);
	assert_true(counts.reserve_root > counts.reserve + 20);
	assert_in_range(pages_left_by(account), counts.reserve_root, counts.reserve_root + 20);
	account->privileged = true;
	assert_in_range(pages_left_by(account), counts.reserve, counts.reserve + 20);
	account_set_user(account, &user);
	assert_in_range(pages_left_by(account), counts.reserve_root, counts.reserve_root + 20);
	account_put(account);
}

UNIT_MAIN(cmocka_unit_test(random_blocks_never_overlap), cmocka_unit_test(memory_ends_without_harm),
	  cmocka_unit_test(the_zeroed_pool_is_used_and_given_up),
	  cmocka_unit_test(pressure_handlers_are_asked), cmocka_unit_test(references_keep_pages),
	  cmocka_unit_test(writes_to_free_pages_are_seen),
	  cmocka_unit_test(boot_memory_can_be_adopted_and_released),
	  cmocka_unit_test(holes_are_left_alone), cmocka_unit_test(allocations_fail_when_told_to),
	  cmocka_unit_test(the_reserve_is_for_programs_of_the_real_root))
