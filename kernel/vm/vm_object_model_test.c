// SPDX-License-Identifier: MIT
// UNIT: lib/rbtree.c
/*
 * vm_object_model_test.c -- a fault that maps a page, in every order of the steps of two CPUs: the
 * other one removes the page from the object (vm_object_areas.c, R1).
 */
#include "unit_test.h"

#include "interleave.h"

#include "lib/radix.c"
#include "vm/vm_object_areas.c"

static const struct radix_node_ops ops;
static _Alignas(RADIX_ALIGN) struct page page, other_page;
static struct vm_object object;
static struct vm_map map;
static struct vm_area area;
static const struct page *entry; /* [table_lock] what the area's only page maps */
static unsigned nr_mapped;

static void reset(void)
{
	memset(&object, 0, sizeof(object));
	memset(&map, 0, sizeof(map));
	memset(&area, 0, sizeof(area));
	spin_lock_init(&object.lock, object_pages);
	spin_lock_init(&map.table_lock, page_table);
	list_init(&object.few_areas);
	radix_init(&object.pages, &ops);
	area.object = &object;
	area.map = &map;
	area.end = PAGE_SIZE;
	vm_object_list_area(&area);
	interleave_check(!radix_insert(&object.pages, 0, &page));
	entry = NULL;
	nr_mapped = 0;
	unit_preempt_count = 0;
}

static u64 hash(u64 h)
{
	h = interleave_mix(h, object.lock.tickets << 16 | map.table_lock.tickets);
	h = interleave_mix(h, object.pages.root_and_shift ^ object.zap_at);
	h = interleave_mix(h, (uintptr_t)object.zap_next ^ object.going_round);
	return interleave_mix(h, (uintptr_t)entry ^ nr_mapped);
}

int vm_zap_object_step(struct vm_area *its_area, u64 *at, u64 end, bool copies_stay)
{
	spin_lock(&its_area->map->table_lock);
	entry = NULL;
	spin_unlock(&its_area->map->table_lock);
	return -2;
}

/* As vm_fault_fast.c and vm_fault_around do. */
static void fault(void)
{
	const struct page *found = NULL;

	spin_lock(&map.table_lock);
	if (!vm_object_removes_pages(&object))
		found = radix_find(&object.pages, 0);
	if (found) {
		entry = found;
		nr_mapped++;
	}
	spin_unlock(&map.table_lock);
}

/* As remove_pages does. */
static void remove_it(struct page *which) NO_LOCK_ANALYSIS
{
	vm_object_zap(&object, 0, 1, false);
	spin_lock(&object.lock);
	interleave_check(radix_remove(&object.pages, 0) == which);
	vm_object_zap_end(&object);
	spin_unlock(&object.lock);
}

static void fault_or_remove(unsigned cpu)
{
	if (cpu)
		remove_it(&page);
	else
		fault();
}

static void nothing_is_mapped(void)
{
	interleave_check(!entry && radix_is_empty(&object.pages));
}

/* Between two removals the index has another page for a while. */
static void fault_or_replace(unsigned cpu)
{
	if (!cpu)
		return fault();
	remove_it(&page);
	spin_lock(&object.lock);
	interleave_check(!radix_insert(&object.pages, 0, &other_page));
	spin_unlock(&object.lock);
}

static void only_the_other_is_mapped(void)
{
	interleave_check(!entry || entry == &other_page);
}

static void fault_or_remove_both(unsigned cpu)
{
	fault_or_replace(cpu);
	if (cpu)
		remove_it(&other_page);
}

static void explore(void (*run)(unsigned cpu), void (*check)(void))
{
	struct interleave model = {
		.nr_cpus = 2, .reset = reset, .run = run, .hash = hash, .check = check};

	interleave_explore(&model);
}

static void a_page_that_is_removed_is_not_mapped(void **state)
{
	explore(fault_or_remove, nothing_is_mapped);
}

static void a_page_that_comes_after_it_may_be_mapped(void **state)
{
	explore(fault_or_replace, only_the_other_is_mapped);
}

static void nor_is_the_next_one(void **state)
{
	explore(fault_or_remove_both, nothing_is_mapped);
}

/* Without a removal the fault maps the page: the cases above are not in vain. */
static void a_page_that_stays_is_mapped(void **state)
{
	(void)state;
	reset();
	fault();
	assert_ptr_equal(entry, &page);
	assert_int_equal(nr_mapped, 1);
}

UNIT_MAIN(cmocka_unit_test(a_page_that_is_removed_is_not_mapped),
	  cmocka_unit_test(a_page_that_comes_after_it_may_be_mapped),
	  cmocka_unit_test(nor_is_the_next_one), cmocka_unit_test(a_page_that_stays_is_mapped))
