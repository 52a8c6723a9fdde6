// SPDX-License-Identifier: MIT
// UNIT: lib/string.c lib/rbtree.c lib/radix.c mm/boot_alloc.c mm/buddy.c mm/page_alloc.c
// UNIT: mm/fail_alloc.c mm/slab.c mm/slab_debug.c mm/kmalloc.c vm/vm_area.c vm/vm_map.c
// UNIT: mm/slab_check.c lib/boot_options.c lib/parse.c
// UNIT: vm/vm_unmap.c vm/vm_protect.c vm/vm_move.c vm/vm_brk.c vm/vm_advise.c vm/vm_fork.c
// UNIT: core/cmdline.c core/fast_path.c vm/vm_fault_fast.c vm/vm_fault.c vm/vm_access.c
// UNIT: vm/cow.c vm/vm_object.c vm/vm_peek.c
// UNIT: vm/vm_vdso.c vm/vm_object_areas.c vm/vm_usage.c
// UNIT: mm/account.c mm/memory_wait.c mm/box.c mm/user_account.c
/*
 * Address spaces against a model that has one record for each page: random mappings, unmappings,
 * protections, moves, forks, truncations and touches. The touches go through a TLB, so a
 * forgotten flush is a wrong value.
 */
#include "unit_memory.h"
#include "unit_test.h"

#include "host_arch.h"
#include "core/fast_path.h"
#include "mm/slab.h"
#include "vm/vm_internal.h"
#include "vm/vm_peek.h"

#include <asm/siginfo.h>
#include <asm/signal.h>
#include <linux/mman.h>

#define BASE 0x40000000UL
#define NR_PAGES 1200 /* spans three page tables of the fake machine */
#define NR_SPACES 4
#define NR_OBJECTS 2
#define OBJECT_PAGES 64

struct model_page {
	bool mapped, shared, own; /* own: has a value that is not the object's */
	u32 protection;
	int object; /* -1: anonymous */
	u64 index;
	u64 value;
};

struct space {
	struct vm_map *map;
	struct model_page pages[NR_PAGES];
};

static struct space spaces[NR_SPACES];
static struct vm_object *objects[NR_OBJECTS];
static u64 object_values[NR_OBJECTS][OBJECT_PAGES];
static u64 object_pages[NR_OBJECTS]; /* size */
static u64 seed = 7;

static u64 pick(u64 n)
{
	return unit_random(&seed) % n;
}

/* A page, mostly one of a few that are used often; they lie on both sides of a table's edge. */
static u64 pick_page(void)
{
	return pick(3) ? 500 + pick(24) : pick(NR_PAGES);
}

static vaddr_t address(u64 page)
{
	return BASE + page * PAGE_SIZE;
}

static int setup(void **state)
{
	(void)state;
	unit_memory_init(MIB(64));
	slab_init(0x5ec2e7a11f00d5UL);
	vm_init();
	host_arch_init();
	return 0;
}

/* ---- what must hold of every map ------------------------------------------------------------ */

static u64 check_subtree(struct vm_map *map, struct rb_node *node)
{
	struct vm_area *area;
	u64 largest;

	if (!node)
		return 0;
	area = rb_entry(node, struct vm_area, node);
	largest = max(area->gap,
		      max(check_subtree(map, node->left), check_subtree(map, node->right)));
	assert_int_equal(largest, area->max_gap); /* A2 */
	return largest;
}

static void check_map(struct vm_map *map)
{
	u64 nr_areas = 0, bytes = 0, data = 0;
	vaddr_t below = VM_USER_MIN;

	for (struct vm_area *area = vm_area_first(map); area; area = vm_area_next(area)) {
		vaddr_t low =
			area->flags & VM_STACK ? area->start - VM_STACK_GUARD_BYTES : area->start;

		assert_true(area->start >= below && area->end > area->start); /* A1 */
		assert_int_equal(area->gap, low > below ? low - below : 0);
		assert_ptr_equal(area->map, map);
		bytes += area->end - area->start;
		if ((area->protection & PROTECT_WRITE) && !(area->flags & (VM_SHARED | VM_STACK)))
			data += area->end - area->start;
		below = area->end;
		nr_areas++;
	}
	check_subtree(map, map->areas.node);
	assert_int_equal(nr_areas, map->nr_areas);
	assert_int_equal(bytes, map->nr_mapped_bytes); /* A4 */
	assert_int_equal(data, map->nr_data_bytes);
	assert_int_equal(map->resident_pages, host_pagetable_count(&map->pagetable));
}

static void check_space(struct space *space)
{
	check_map(space->map);
	rwlock_write_lock(&space->map->lock);
	for (u64 i = 0; i < NR_PAGES; i++) {
		struct vm_area *area = vm_map_find(space->map, address(i));
		struct model_page *page = &space->pages[i];

		assert_int_equal(area != NULL, page->mapped);
		if (!area)
			continue;
		assert_int_equal(area->protection, page->protection);
		assert_ptr_equal(area->object, page->object < 0 ? NULL : objects[page->object]);
		if (area->object)
			assert_int_equal(vm_area_index(area, address(i)), page->index);
	}
	rwlock_write_unlock(&space->map->lock);
}

/* ---- the operations, on both ----------------------------------------------------------------- */

static void do_map(struct space *space)
{
	u64 first = pick_page(), count = 1 + pick(min(NR_PAGES - first, pick(4) ? 12UL : 700UL));
	struct vm_map_request request = {
		.hint = address(first),
		.len_bytes = count * PAGE_SIZE - pick(PAGE_SIZE),
		.protection = (u32)pick(8),
		.area_flags = VM_MAYWRITE,
		.flags = pick(4) ? VM_MAP_FIXED : VM_MAP_NOREPLACE,
	};
	int object = (int)pick(NR_OBJECTS + 1) - 1;
	bool taken = false;
	vaddr_t at;
	int err;

	if (object >= 0) {
		request.object = objects[object];
		request.object_index = pick(OBJECT_PAGES);
		request.area_flags |= pick(2) ? VM_SHARED : 0;
	}
	for (u64 i = first; i < first + count; i++)
		taken |= space->pages[i].mapped;
	err = vm_map_add(space->map, &request, &at);
	if (request.flags == VM_MAP_NOREPLACE && taken) {
		assert_int_equal(err, -EEXIST);
		return;
	}
	assert_int_equal(err, 0);
	assert_int_equal(at, address(first));
	for (u64 i = 0; i < count; i++)
		space->pages[first + i] = (struct model_page){
			.mapped = true,
			.protection = request.protection,
			.shared = request.area_flags & VM_SHARED,
			.object = object,
			.index = request.object_index + i,
		};
}

static void do_unmap(struct space *space)
{
	u64 first = pick_page(), count = 1 + pick(min(NR_PAGES - first, pick(4) ? 9UL : 900UL));

	assert_int_equal(vm_map_remove(space->map, address(first), count * PAGE_SIZE), 0);
	memset(&space->pages[first], 0, count * sizeof(struct model_page));
}

static bool all_mapped(const struct space *space, u64 first, u64 count)
{
	for (u64 i = first; i < first + count; i++)
		if (!space->pages[i].mapped)
			return false;
	return true;
}

static void do_protect(struct space *space)
{
	u64 first = pick_page(), count = 1 + pick(min(NR_PAGES - first, 20UL));
	u32 protection = (u32)pick(8);
	int err = vm_map_protect(space->map, address(first), count * PAGE_SIZE, protection);

	assert_int_equal(err, all_mapped(space, first, count) ? 0 : -ENOMEM);
	for (u64 i = first; i < first + count && space->pages[i].mapped; i++)
		space->pages[i].protection = protection;
}

static void do_advise(struct space *space)
{
	u64 first = pick_page(), count = 1 + pick(min(NR_PAGES - first, 20UL));
	int err = vm_map_advise(space->map, address(first), count * PAGE_SIZE, MADV_DONTNEED);

	assert_int_equal(err, all_mapped(space, first, count) ? 0 : -ENOMEM);
	for (u64 i = first; i < first + count; i++) {
		space->pages[i].own = false;
		space->pages[i].value = 0;
	}
}

static void do_touch(struct space *space)
{
	u64 i = pick_page(), value = unit_random(&seed), wanted, seen;
	struct model_page *page = &space->pages[i];
	struct vm_fault_error error = {0};
	bool write = pick(2);
	int err;

	seen = value;
	err = host_touch(space->map, address(i), write, &seen, &error);
	if (!page->mapped || !page->protection || (write && !(page->protection & PROTECT_WRITE))) {
		assert_int_equal(err, -EFAULT);
		assert_int_equal(error.signal, SIGSEGV);
		assert_int_equal(error.code, page->mapped ? SEGV_ACCERR : SEGV_MAPERR);
		return;
	}
	if (page->object >= 0 && page->index >= object_pages[page->object]) {
		assert_int_equal(err, -EFAULT);
		assert_int_equal(error.signal, SIGBUS);
		assert_int_equal(error.code, BUS_ADRERR);
		return;
	}
	assert_int_equal(err, 0);
	if (write && page->shared) {
		object_values[page->object][page->index] = value;
	} else if (write) {
		page->own = true;
		page->value = value;
	}
	wanted = page->object < 0 || page->own ? page->value
					       : object_values[page->object][page->index];
	assert_int_equal(seen, wanted);
}

/* vm_peek finds what a read would find, or nothing; and it changes nothing. */
static void do_peek(struct space *space)
{
	u64 i = pick_page(), seen = 0, resident = space->map->resident_pages;
	const struct model_page *page = &space->pages[i];
	bool own = page->object < 0 || page->own;

	unit_current_thread->vm = space->map;
	if (vm_peek(address(i), &seen, sizeof(seen)))
		assert_int_equal(seen,
				 own ? page->value : object_values[page->object][page->index]);
	else /* also a page that an object does not have yet */
		assert_true(!page->mapped || !page->protection || page->object >= 0);
	assert_int_equal(space->map->resident_pages, resident);
}

static void do_fork(struct space *space)
{
	struct space *child = &spaces[pick(NR_SPACES)];

	if (child == space)
		return;
	vm_map_put(child->map);
	assert_int_equal(vm_map_fork(space->map, &child->map), 0);
	memcpy(child->pages, space->pages, sizeof(child->pages));
}

static void do_move(struct space *space)
{
	u64 from = pick_page(), count = 1 + pick(min(NR_PAGES - from, 12UL));
	u64 new_count = 1 + pick(16), to = pick_page();
	struct model_page moved[16] = {0};
	bool one_kind = all_mapped(space, from, count);
	vaddr_t at;
	int err;

	if (to + new_count > NR_PAGES || (to < from + count && from < to + new_count))
		return;
	rwlock_write_lock(&space->map->lock);
	if (one_kind)
		one_kind = vm_map_find(space->map, address(from))->end >=
			   address(from + min(count, new_count));
	rwlock_write_unlock(&space->map->lock);
	/* the range is shortened before it must lie in one area */
	if (!one_kind || new_count < count)
		return;
	err = vm_map_move(space->map, address(from), count * PAGE_SIZE, new_count * PAGE_SIZE,
			  MREMAP_MAYMOVE | MREMAP_FIXED, address(to), &at);
	assert_int_equal(err, 0);
	assert_int_equal(at, address(to));
	for (u64 i = 0; i < new_count; i++) {
		moved[i] = space->pages[from + min(i, count - 1)];
		if (i >= count) {
			moved[i].own = false;
			moved[i].value = 0;
			moved[i].index += i - (count - 1);
		}
	}
	memset(&space->pages[from], 0, count * sizeof(struct model_page));
	memcpy(&space->pages[to], moved, new_count * sizeof(struct model_page));
}

static void do_truncate(void)
{
	int object = (int)pick(NR_OBJECTS);
	u64 size = pick(OBJECT_PAGES + 1);

	vm_object_truncate(objects[object], size * PAGE_SIZE);
	if (size < object_pages[object])
		for (int s = 0; s < NR_SPACES; s++)
			for (u64 i = 0; i < NR_PAGES; i++)
				if (spaces[s].pages[i].mapped &&
				    spaces[s].pages[i].object == object &&
				    spaces[s].pages[i].index >= size)
					spaces[s].pages[i].own = false;
	for (u64 i = size; i < OBJECT_PAGES; i++)
		object_values[object][i] = 0;
	object_pages[object] = size;
}

static void step(void)
{
	struct space *space = &spaces[pick(NR_SPACES)];

	switch (pick(60)) {
	case 0 ... 5:
		return do_map(space);
	case 6 ... 7:
		return do_unmap(space);
	case 8 ... 9:
		return do_protect(space);
	case 10:
		return do_advise(space);
	case 11:
		return pick(3) ? do_touch(space) : do_fork(space);
	case 12:
		return pick(8) ? do_move(space) : do_truncate();
	default:
		return pick(6) ? do_touch(space) : do_peek(space);
	}
}

static void play(int rounds)
{
	for (int i = 0; i < NR_OBJECTS; i++) {
		object_pages[i] = OBJECT_PAGES;
		memset(object_values[i], 0, sizeof(object_values[i]));
		assert_int_equal(vm_object_create_anonymous(OBJECT_PAGES * PAGE_SIZE, &objects[i]),
				 0);
	}
	for (int i = 0; i < NR_SPACES; i++) {
		assert_int_equal(vm_map_create(&spaces[i].map), 0);
		memset(spaces[i].pages, 0, sizeof(spaces[i].pages));
	}
	for (int round = 0; round < rounds; round++) {
		step();
		if (round % 64 == 0)
			check_space(&spaces[pick(NR_SPACES)]);
	}
	for (int i = 0; i < NR_SPACES; i++) {
		check_space(&spaces[i]);
		vm_map_put(spaces[i].map);
	}
	for (int i = 0; i < NR_OBJECTS; i++)
		vm_object_put(objects[i]);
	slab_reclaim();
}

static void random_operations_match_the_model(void **state)
{
	u64 free_at_start, in_use;

	play(2000); /* afterwards the caches hold what they keep */
	free_at_start = page_alloc_nr_free();
	in_use = slab_nr_in_use();
	play(60000);
	assert_int_equal(slab_nr_in_use(), in_use);
	assert_int_equal(page_alloc_nr_free(), free_at_start);
}

/* vm_fault.c alone does all that vm_fault_fast.c does. */
static void vm_fault_needs_no_fast_path(void **state)
{
	fast_paths_off = 1U << FAST_PATH_fault;
	random_operations_match_the_model(state);
	fast_paths_off = 0;
}

/* ---- single properties ---- */

static struct vm_map *fresh_map(void)
{
	struct vm_map *map;

	assert_int_equal(vm_map_create(&map), 0);
	return map;
}

static vaddr_t add(struct vm_map *map, u64 nr_pages, u32 protection, u32 area_flags)
{
	struct vm_map_request request = {
		.len_bytes = nr_pages * PAGE_SIZE,
		.protection = protection,
		.area_flags = area_flags | VM_MAYWRITE,
	};
	vaddr_t at;

	assert_int_equal(vm_map_add(map, &request, &at), 0);
	return at;
}

static void mappings_go_down_from_the_top_and_join(void **state)
{
	struct vm_map *map = fresh_map();
	vaddr_t first = add(map, 1, PROTECT_READ | PROTECT_WRITE, 0), at;

	(void)state;
	assert_int_equal(first, map->mmap_top - PAGE_SIZE);
	for (u64 i = 2; i < 1000; i++)
		assert_int_equal(add(map, 1, PROTECT_READ | PROTECT_WRITE, 0),
				 map->mmap_top - i * PAGE_SIZE);
	assert_int_equal(map->nr_areas, 1);
	/* The highest hole that fits is taken. */
	assert_int_equal(vm_map_remove(map, first - 100 * PAGE_SIZE, 3 * PAGE_SIZE), 0);
	assert_int_equal(vm_map_remove(map, first - 300 * PAGE_SIZE, 9 * PAGE_SIZE), 0);
	at = add(map, 4, PROTECT_READ, 0);
	assert_int_equal(at, first - 295 * PAGE_SIZE);
	at = add(map, 2, PROTECT_READ, 0);
	assert_int_equal(at, first - 99 * PAGE_SIZE);
	check_map(map);
	vm_map_put(map);
}

static void a_stack_grows_to_its_limit(void **state)
{
	struct vm_map *map = fresh_map();
	struct vm_map_request request = {
		.hint = 0x7fff00000000UL - 4 * PAGE_SIZE,
		.len_bytes = 4 * PAGE_SIZE,
		.protection = PROTECT_READ | PROTECT_WRITE,
		.area_flags = VM_STACK | VM_MAYWRITE,
		.flags = VM_MAP_FIXED,
	};
	struct vm_fault_error error;
	vaddr_t at, end = 0x7fff00000000UL, low;
	u64 value = 1;

	(void)state;
	map->stack_limit_bytes = MIB(1);
	assert_int_equal(vm_map_add(map, &request, &at), 0);
	assert_int_equal(host_touch(map, end - MIB(1), true, &value, &error), 0);
	assert_int_equal(host_touch(map, end - MIB(1) - 8, true, &value, &error), -EFAULT);
	assert_int_equal(error.code, SEGV_MAPERR);
	/* Another mapping below limits the growth. */
	low = end - MIB(1) - MIB(1) - 16 * PAGE_SIZE;
	request.hint = low - PAGE_SIZE;
	request.len_bytes = PAGE_SIZE;
	request.area_flags = VM_MAYWRITE;
	assert_int_equal(vm_map_add(map, &request, &at), 0);
	map->stack_limit_bytes = MIB(8);
	assert_int_equal(host_touch(map, low + MIB(1), true, &value, &error), 0);
	assert_int_equal(host_touch(map, low + MIB(1) - 8, true, &value, &error), -EFAULT);
	/* New mappings are not placed in the guard. */
	request.hint = 0;
	request.flags = 0;
	map->mmap_top = end;
	assert_int_equal(vm_map_add(map, &request, &at), 0);
	assert_int_equal(at, low - 2 * PAGE_SIZE);
	check_map(map);
	vm_map_put(map);
}

static void the_heap_grows_and_shrinks(void **state)
{
	struct vm_map *map = fresh_map();
	struct vm_fault_error error;
	u64 value = 5;

	(void)state;
	map->brk_start = map->brk_end = BASE + 100;
	assert_int_equal(vm_map_brk(map, 0), BASE + 100);
	assert_int_equal(vm_map_brk(map, BASE + 3 * PAGE_SIZE), BASE + 3 * PAGE_SIZE);
	assert_int_equal(host_touch(map, BASE + 2 * PAGE_SIZE, true, &value, &error), 0);
	assert_int_equal(vm_map_brk(map, BASE + 5 * PAGE_SIZE + 1), BASE + 5 * PAGE_SIZE + 1);
	assert_int_equal(map->nr_areas, 1);
	assert_int_equal(vm_map_brk(map, BASE + 2 * PAGE_SIZE), BASE + 2 * PAGE_SIZE);
	assert_int_equal(host_touch(map, BASE + 2 * PAGE_SIZE, true, &value, &error), -EFAULT);
	assert_int_equal(vm_map_brk(map, BASE + 3 * PAGE_SIZE), BASE + 3 * PAGE_SIZE);
	assert_int_equal(host_touch(map, BASE + 2 * PAGE_SIZE, false, &value, &error), 0);
	assert_int_equal(value, 0);
	map->data_limit_bytes = MIB(1);
	assert_int_equal(vm_map_brk(map, BASE + MIB(2)), BASE + 3 * PAGE_SIZE);
	check_map(map);
	vm_map_put(map);
}

static void the_last_owner_of_a_page_keeps_it(void **state)
{
	struct vm_map *map = fresh_map(), *child;
	struct vm_fault_error error;
	vaddr_t at = add(map, 1, PROTECT_READ | PROTECT_WRITE, 0);
	struct page *before, *after;
	u64 value = 11, seen;

	(void)state;
	assert_int_equal(host_touch(map, at, true, &value, &error), 0);
	assert_int_equal(vm_map_get_page(map, at, false, &before), 0);
	page_put(before);
	assert_int_equal(vm_map_fork(map, &child), 0);
	value = 12;
	assert_int_equal(host_touch(child, at, true, &value, &error), 0); /* a copy: C1 */
	assert_int_equal(host_touch(map, at, false, &seen, &error), 0);
	assert_int_equal(seen, 11);
	value = 13;
	assert_int_equal(host_touch(map, at, true, &value, &error),
			 0); /* the last owner: no copy */
	assert_int_equal(vm_map_get_page(map, at, false, &after), 0);
	assert_ptr_equal(before, after);
	page_put(after);
	vm_map_put(child);
	vm_map_put(map);
}

static void no_memory_for_tables_undoes_a_move(void **state)
{
	struct vm_map *map = fresh_map();
	struct vm_map_request request = {
		.hint = MIB(1024),
		.len_bytes = MIB(8),
		.protection = PROTECT_READ | PROTECT_WRITE,
		.area_flags = VM_MAYWRITE,
		.flags = VM_MAP_FIXED | VM_MAP_POPULATE,
	};
	struct vm_fault_error error;
	vaddr_t at, to;
	u64 value = 99;

	(void)state;
	assert_int_equal(vm_map_add(map, &request, &at), 0);
	assert_int_equal(map->resident_pages, 2048);
	assert_int_equal(host_touch(map, at, true, &value, &error), 0);
	for (int left = 0; left < 4; left++) {
		host_tables_left = left;
		assert_int_equal(vm_map_move(map, at, MIB(8), MIB(8), MREMAP_MAYMOVE | MREMAP_FIXED,
					     at + (u64)(left + 1) * MIB(64), &to),
				 -ENOMEM);
		host_tables_left = -1;
		assert_int_equal(host_touch(map, at, false, &value, &error), 0);
		assert_int_equal(value, 99);
		check_map(map);
	}
	assert_int_equal(vm_map_move(map, at, MIB(8), MIB(16), MREMAP_MAYMOVE, 0, &to), 0);
	assert_int_equal(to, at); /* there was room above it */
	vm_map_put(map);
}

static void reading_others_memory_breaks_no_sharing(void **state)
{
	struct vm_map *map = fresh_map(), *child;
	vaddr_t at = add(map, 3, PROTECT_READ, 0);
	char text[5000], back[5000];

	(void)state;
	memset(text, 'x', sizeof(text));
	/*
	 * A debugger writes to read-only memory: private copies, which stay read-only for the
	 * program.
	 */
	assert_int_equal(vm_map_access(map, at + 10, text, sizeof(text), true), sizeof(text));
	assert_int_equal(vm_map_fork(map, &child), 0);
	text[0] = 'y';
	assert_int_equal(vm_map_access(child, at + 10, text, 1, true), 1);
	assert_int_equal(vm_map_access(map, at + 10, back, sizeof(back), false), sizeof(back));
	assert_int_equal(back[0], 'x');
	assert_int_equal(vm_map_access(map, at + 3 * PAGE_SIZE - 4, back, 100, false), 4);
	assert_int_equal(vm_map_access(map, at - 4, back, 100, false), -EFAULT);
	vm_map_put(child);
	vm_map_put(map);
}

UNIT_MAIN(cmocka_unit_test_setup(random_operations_match_the_model, setup),
	  cmocka_unit_test_setup(vm_fault_needs_no_fast_path, setup),
	  cmocka_unit_test_setup(mappings_go_down_from_the_top_and_join, setup),
	  cmocka_unit_test_setup(a_stack_grows_to_its_limit, setup),
	  cmocka_unit_test_setup(the_heap_grows_and_shrinks, setup),
	  cmocka_unit_test_setup(the_last_owner_of_a_page_keeps_it, setup),
	  cmocka_unit_test_setup(no_memory_for_tables_undoes_a_move, setup),
	  cmocka_unit_test_setup(reading_others_memory_breaks_no_sharing, setup))
