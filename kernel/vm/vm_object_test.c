// SPDX-License-Identifier: MIT
// UNIT: lib/string.c lib/rbtree.c lib/radix.c mm/boot_alloc.c mm/buddy.c mm/page_alloc.c
// UNIT: mm/fail_alloc.c mm/slab.c mm/slab_debug.c mm/kmalloc.c vm/vm_area.c vm/vm_map.c
// UNIT: mm/slab_check.c lib/boot_options.c lib/parse.c
// UNIT: vm/vm_unmap.c vm/vm_protect.c vm/vm_move.c vm/vm_brk.c vm/vm_advise.c vm/vm_fork.c
// UNIT: core/cmdline.c core/fast_path.c vm/vm_fault_fast.c vm/vm_fault.c vm/vm_access.c
// UNIT: vm/cow.c vm/vm_object.c
// UNIT: vm/vm_vdso.c vm/vm_object_areas.c vm/vm_usage.c
// UNIT: mm/account.c mm/memory_wait.c mm/box.c mm/user_account.c
/* Objects with a fill hook, like a file's page cache, alone and under mappings. */
#include "unit_memory.h"
#include "unit_test.h"

#include "host_arch.h"
#include "core/trap_table.h"
#include "mm/account.h"
#include "mm/slab.h"
#include "vm/vm_internal.h"

#include <asm/siginfo.h>
#include <asm/signal.h>

static unsigned nr_fills, nr_destroyed;
static int fill_error;

static unsigned nr_throttles;

int epoch_throttle(void)
{
	nr_throttles++;
	return -EINTR;
}

static int fill(struct vm_object *object, u64 index, struct page *page)
{
	u64 *words = page_to_virt(page);

	nr_fills++;
	if (fill_error)
		return fill_error;
	for (size_t i = 0; i < PAGE_SIZE / 8; i++)
		words[i] = index * 1000 + i;
	return 0;
}

static void destroy(struct vm_object *object)
{
	nr_destroyed++;
	vm_object_fini(object);
}

static const struct vm_object_ops ops = {.fill = fill, .destroy = destroy};
static struct vm_object object;
static struct vm_map *map;

static int setup(void **state)
{
	unit_memory_init(MIB(32));
	slab_init(0x5ec2e7a11f00d5UL);
	vm_init();
	host_arch_init();
	nr_fills = nr_destroyed = 0;
	fill_error = 0;
	vm_object_init(&object, &ops, NULL, 100 * PAGE_SIZE);
	return vm_map_create(&map);
}

static int teardown(void **state)
{
	vm_map_put(map);
	assert_int_equal(nr_destroyed, 0);
	vm_object_put(&object);
	assert_int_equal(nr_destroyed, 1);
	assert_int_equal(object.nr_pages, 0);
	return 0;
}

static vaddr_t map_object(u64 index, u64 nr_pages, u32 protection, u32 area_flags)
{
	struct vm_map_request request = {
		.hint = 0x40000000,
		.len_bytes = nr_pages * PAGE_SIZE,
		.protection = protection,
		.area_flags = area_flags | VM_MAYWRITE,
		.flags = VM_MAP_FIXED,
		.object = &object,
		.object_index = index,
	};
	vaddr_t at;

	assert_int_equal(vm_map_add(map, &request, &at), 0);
	return at;
}

static u64 read_word(struct vm_map *from, vaddr_t va)
{
	struct vm_fault_error error;
	u64 value;

	assert_int_equal(host_touch(from, va, false, &value, &error), 0);
	return value;
}

static void write_word(struct vm_map *to, vaddr_t va, u64 value)
{
	struct vm_fault_error error;

	assert_int_equal(host_touch(to, va, true, &value, &error), 0);
}

static void pages_are_filled_once(void **state)
{
	struct page *page, *again;

	assert_null(vm_object_find_page(&object, 7));
	assert_int_equal(vm_object_get_page(&object, 7, &page), 0);
	assert_int_equal(vm_object_get_page(&object, 7, &again), 0);
	assert_ptr_equal(page, again);
	assert_int_equal(nr_fills, 1);
	assert_int_equal(page_refs(page), 3);
	assert_int_equal(((u64 *)page_to_virt(page))[5], 7005);
	page_put(page);
	page_put(page);
	assert_int_equal(vm_object_next_page(&object, 0), 7);
	assert_int_equal(vm_object_next_page(&object, 8), ~0UL);
	fill_error = -EIO;
	assert_int_equal(vm_object_get_page(&object, 8, &page), -EIO);
	assert_int_equal(object.nr_pages, 1);
}

static void ready_made_pages_are_taken_over(void **state)
{
	struct page *page = page_alloc_one(PAGE_FILE | PAGE_ZERO),
		    *other = page_alloc_one(PAGE_FILE);

	assert_int_equal(vm_object_adopt_page(&object, 3, page), 0);
	assert_int_equal(vm_object_adopt_page(&object, 3, other), -EEXIST);
	page_put(other);
	assert_int_equal(page_refs(page), 1);
	assert_ptr_equal(page->object, &object);
	assert_int_equal(page->index, 3);
	assert_int_equal(nr_fills, 0);
}

static void a_read_maps_the_neighbours_that_are_there(void **state)
{
	vaddr_t at = map_object(0, 100, PROTECT_READ, 0);
	struct page *page;

	for (u64 i = 16; i < 40; i++) {
		assert_int_equal(vm_object_get_page(&object, i, &page), 0);
		page_put(page);
	}
	host_faults = 0;
	assert_int_equal(read_word(map, at + 20 * PAGE_SIZE), 20000);
	assert_int_equal(map->resident_pages, 16);
	for (u64 i = 16; i < 32; i++)
		assert_int_equal(read_word(map, at + i * PAGE_SIZE), i * 1000);
	assert_int_equal(host_faults, 1);
	assert_int_equal(read_word(map, at + 39 * PAGE_SIZE), 39000);
	assert_int_equal(map->resident_pages, 24);
	assert_int_equal(map->resident_file_pages, 24);
}

static void the_edge_of_an_area_bounds_the_neighbours(void **state)
{
	vaddr_t at = map_object(10, 3, PROTECT_READ, 0);
	struct page *page;

	for (u64 i = 0; i < 40; i++) {
		assert_int_equal(vm_object_get_page(&object, i, &page), 0);
		page_put(page);
	}
	assert_int_equal(read_word(map, at + PAGE_SIZE), 11000);
	assert_int_equal(map->resident_pages, 3);
}

static void a_page_that_cannot_be_read_is_a_bus_error(void **state)
{
	vaddr_t at = map_object(0, 200, PROTECT_READ | PROTECT_WRITE, 0);
	struct vm_fault_error error;
	u64 value = 1;

	fill_error = -EIO;
	assert_int_equal(host_touch(map, at, false, &value, &error), -EFAULT);
	assert_int_equal(error.signal, SIGBUS);
	assert_int_equal(host_touch(map, at, true, &value, &error), -EFAULT);
	assert_int_equal(error.signal, SIGBUS);
	fill_error = 0;
	assert_int_equal(host_touch(map, at + 100 * PAGE_SIZE, false, &value, &error), -EFAULT);
	assert_int_equal(error.code, BUS_ADRERR);
	assert_int_equal(host_touch(map, at + 99 * PAGE_SIZE, false, &value, &error), 0);
}

static void truncation_clears_the_tail(void **state)
{
	vaddr_t at = map_object(0, 4, PROTECT_READ | PROTECT_WRITE, VM_SHARED);
	struct vm_fault_error error;
	struct page *page;
	u64 value;

	write_word(map, at + PAGE_SIZE, 77);
	write_word(map, at + 2 * PAGE_SIZE, 88);
	vm_object_truncate(&object, PAGE_SIZE + 16);
	assert_int_equal(read_word(map, at + PAGE_SIZE), 77);
	assert_int_equal(vm_object_get_page(&object, 1, &page), 0);
	assert_int_equal(((u64 *)page_to_virt(page))[1], 1001);
	assert_int_equal(((u64 *)page_to_virt(page))[2], 0);
	assert_int_equal(((u64 *)page_to_virt(page))[511], 0);
	page_put(page);
	assert_int_equal(host_touch(map, at + 2 * PAGE_SIZE, false, &value, &error), -EFAULT);
	vm_object_truncate(&object, 4 * PAGE_SIZE);
	assert_int_equal(read_word(map, at + 2 * PAGE_SIZE), 2000); /* read from the file again */
}

static void a_hole_is_filled_anew(void **state)
{
	vaddr_t at = map_object(0, 10, PROTECT_READ | PROTECT_WRITE, VM_SHARED);

	for (u64 i = 0; i < 10; i++)
		write_word(map, at + i * PAGE_SIZE, 5);
	vm_object_remove_range(&object, 3, 6);
	assert_int_equal(object.nr_pages, 7);
	assert_int_equal(map->resident_pages, 7);
	assert_int_equal(read_word(map, at + 3 * PAGE_SIZE), 3000);
	assert_int_equal(read_word(map, at + 6 * PAGE_SIZE), 5);
}

static bool is_even(const struct page *page, const void *data)
{
	++*(unsigned *)(uintptr_t)data;
	return page->index % 2 == 0;
}

/* More pages than are looked at in one go, and a range that begins and ends among them. */
static void pages_of_zeros_are_removed_if_meant(void **state)
{
	enum { FIRST = 5, LAST = 170, NR = 200, WRITTEN = 100 };
	unsigned nr_asked = 0;
	struct page *page;
	vaddr_t at;

	vm_object_truncate(&object, NR * PAGE_SIZE);
	at = map_object(0, NR, PROTECT_READ | PROTECT_WRITE, VM_SHARED);
	for (u64 i = 0; i < NR; i++) {
		assert_int_equal(vm_object_get_page(&object, i, &page), 0);
		memset(page_to_virt(page), 0, PAGE_SIZE);
		page_put(page);
	}
	write_word(map, at + WRITTEN * PAGE_SIZE, 5);
	vm_object_remove_zeros(&object, FIRST, LAST, is_even, &nr_asked);
	assert_int_equal(nr_asked, LAST - FIRST);
	for (u64 i = 0; i < NR; i++) {
		bool stays = i < FIRST || i >= LAST || i % 2 || i == WRITTEN;

		page = vm_object_find_page(&object, i);
		assert_int_equal(page != NULL, stays);
		if (page)
			page_put(page);
	}
	assert_int_equal(read_word(map, at + WRITTEN * PAGE_SIZE), 5);
	assert_int_equal(read_word(map, at + 6 * PAGE_SIZE), 6000); /* filled anew */
	nr_asked = 0;
	vm_object_remove_zeros(&object, LAST, LAST, is_even, &nr_asked);
	vm_object_remove_zeros(&object, LAST, FIRST, is_even, &nr_asked);
	vm_object_remove_zeros(&object, NR, 2 * NR, is_even, &nr_asked);
	assert_int_equal(nr_asked, 0);
}

static bool is_any(const struct page *page, const void *data)
{
	return true;
}

/* What was removed before may not be free yet. A thread that is killed goes on. */
static void who_removes_pages_waits_for_those_before(void **state)
{
	struct page *page;

	nr_throttles = 0;
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(vm_object_get_page(&object, 3, &page), 0);
		memset(page_to_virt(page), 0, PAGE_SIZE);
		page_put(page);
		assert_int_equal(nr_throttles, i - 1);
		if (i == 1)
			vm_object_truncate(&object, 0);
		else if (i == 2)
			vm_object_remove_range(&object, 0, 10);
		else
			vm_object_remove_zeros(&object, 0, 10, is_any, NULL);
		assert_int_equal(nr_throttles, i);
		assert_int_equal(object.nr_pages, 0);
	}
}

static void private_copies_survive_a_merge_and_a_fork(void **state)
{
	vaddr_t at = map_object(0, 3, PROTECT_READ | PROTECT_WRITE, 0);
	struct vm_map *child;

	assert_int_equal(vm_map_protect(map, at, PAGE_SIZE, PROTECT_READ), 0);
	assert_int_equal(map->nr_areas, 2);
	write_word(map, at + 2 * PAGE_SIZE, 42);
	assert_int_equal(vm_map_protect(map, at, PAGE_SIZE, PROTECT_READ | PROTECT_WRITE), 0);
	assert_int_equal(map->nr_areas, 1);
	assert_int_equal(vm_map_fork(map, &child), 0);
	assert_int_equal(read_word(child, at + 2 * PAGE_SIZE), 42);
	write_word(child, at + 2 * PAGE_SIZE, 43);
	assert_int_equal(read_word(map, at + 2 * PAGE_SIZE), 42);
	assert_int_equal(read_word(child, at + PAGE_SIZE), 1000);
	vm_map_put(child);
}

/* ---- no memory ------------------------------------------------------------------------------- */

#define WAITS 100

static unsigned nr_waits;
static struct account account = {.held = ACCOUNT_HOLD}; /* a program's, which may wait */

/* For each allocation @patience is new, so that waits within another would be the square of it. */
static bool wait_a_while(struct box *box, struct memory_patience *patience)
{
	assert_null(box);
	assert_false(rwlock_is_mine(&map->lock));
	assert_false(mutex_is_mine(&object.fill_lock));
	nr_waits++;
	return patience->nr_pauses++ < WAITS;
}

/* Take all pages, the reserves as well; they are linked. */
static struct page *take_all_pages(void)
{
	struct page *page, *list = NULL;

	while ((page = page_alloc_one(PAGE_KERNEL | PAGE_NOWAIT))) {
		page->link = list;
		list = page;
	}
	return list;
}

static void give_pages_back(struct page *list)
{
	while (list) {
		struct page *page = list;

		list = page->link;
		page_put(page);
	}
}

static void one_function_of_a_path_waits_for_memory(void **state)
{
	struct vm_map_request plain = {.len_bytes = PAGE_SIZE,
				       .protection = PROTECT_READ | PROTECT_WRITE,
				       .area_flags = VM_MAYWRITE};
	vaddr_t at = map_object(0, 10, PROTECT_READ | PROTECT_WRITE, 0), plain_at;
	struct page *all, *page;
	struct vm_fault_error error;
	u64 word = 1;

	assert_int_equal(vm_map_add(map, &plain, &plain_at), 0);
	assert_int_equal(read_word(map, at + 9 * PAGE_SIZE), 9000);
	map->faults_minor = nr_fills = 0;
	all = take_all_pages();
	page_alloc_set_out_of_memory(wait_a_while);
	unit_current_thread->account = &account;
	nr_waits = 0; /* vm_trap.c waits for a fault */
	assert_int_equal(vm_fault(map, at, TRAP_ACCESS_WRITE, &error), -ENOMEM);
	assert_int_equal(vm_fault(map, at, 0, &error), -ENOMEM);
	assert_int_equal(vm_fault(map, at + 9 * PAGE_SIZE, TRAP_ACCESS_WRITE, &error), -ENOMEM);
	assert_int_equal(vm_fault(map, plain_at, TRAP_ACCESS_WRITE, &error), -ENOMEM);
	assert_int_equal(nr_waits, 0);
	assert_int_equal(vm_object_get_page(&object, 1, &page), -ENOMEM);
	assert_int_equal(nr_waits, WAITS + 1);
	nr_waits = 0;
	assert_int_equal(vm_map_access(map, at, &word, sizeof(word), true), -ENOMEM);
	assert_int_equal(nr_waits, WAITS + 1);
	nr_waits = 0;
	assert_int_equal(vm_map_get_page(map, at, false, &page), -ENOMEM);
	assert_int_equal(nr_waits, WAITS + 1);
	nr_waits = 0;
	assert_int_equal(vm_fault_in(map, at, 2 * PAGE_SIZE, true), -ENOMEM);
	assert_int_equal(nr_waits, WAITS + 1);
	assert_int_equal(map->faults_minor, 0);
	assert_int_equal(nr_fills, 0);
	unit_current_thread->account = NULL;
	page_alloc_set_out_of_memory(NULL);
	give_pages_back(all);
}

static struct page *left; /* pages that come back one by one */

/* One page comes back at each WAITS / 4-th pause. */
static bool wait_for_one(struct box *box, struct memory_patience *patience)
{
	struct page *page = left;

	if (page && !(++nr_waits % (WAITS / 4))) {
		left = page->link;
		page_put(page);
	}
	return patience->nr_pauses++ < WAITS;
}

/* Memory comes slowly, but for each page in time. */
static void each_page_of_a_range_has_its_own_patience(void **state)
{
	u32 zeros[PAGE_SIZE] = {0};
	vaddr_t at = map_object(0, 20, PROTECT_READ | PROTECT_WRITE, 0);

	left = take_all_pages();
	nr_waits = 0;
	page_alloc_set_out_of_memory(wait_for_one);
	assert_int_equal(vm_fault_in(map, at, 4 * PAGE_SIZE, true), 0);
	assert_true(nr_waits > WAITS);
	nr_waits = 0;
	at += 10 * PAGE_SIZE;
	assert_int_equal(vm_map_access(map, at, zeros, sizeof(zeros), true), sizeof(zeros));
	assert_true(nr_waits > WAITS);
	page_alloc_set_out_of_memory(NULL);
	give_pages_back(left);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

UNIT_MAIN(TEST(pages_are_filled_once), TEST(ready_made_pages_are_taken_over),
	  TEST(a_read_maps_the_neighbours_that_are_there),
	  TEST(the_edge_of_an_area_bounds_the_neighbours),
	  TEST(a_page_that_cannot_be_read_is_a_bus_error), TEST(truncation_clears_the_tail),
	  TEST(a_hole_is_filled_anew), TEST(private_copies_survive_a_merge_and_a_fork),
	  TEST(pages_of_zeros_are_removed_if_meant), TEST(who_removes_pages_waits_for_those_before),
	  TEST(one_function_of_a_path_waits_for_memory),
	  TEST(each_page_of_a_range_has_its_own_patience))
