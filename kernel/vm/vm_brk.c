// SPDX-License-Identifier: MIT
/*
 * vm_brk.c -- the heap of brk(2): one area that begins after the program's data and grows upward.
 */
#include "vm/vm_internal.h"

/* Extend the heap from page @from to page @to; false when a mapping or a limit is in the way. */
static bool brk_grow(struct vm_map *map, vaddr_t from, vaddr_t to) REQUIRES(map->lock)
{
	struct vm_area model = {
		.start = from,
		.end = to,
		.protection = PROTECT_READ | PROTECT_WRITE,
		.flags = VM_BRK | VM_MAYWRITE | map->future_flags,
	};
	struct vm_area *next = vm_map_find_first(map, from), *prev, *area;

	if (next && to + (next->flags & VM_STACK ? VM_STACK_GUARD_BYTES : 0) > next->start)
		return false;
	if (vm_map_check_limits(map, to - from, model.protection, model.flags))
		return false;
	prev = next ? vm_area_prev(next) : vm_area_of(rb_last(&map->areas));
	if (prev && vm_area_continues(prev, &model)) {
		vm_area_set_end(prev, to);
		return true;
	}
	if (map->nr_areas >= VM_NR_AREAS_MAX)
		return false;
	area = vm_area_create(map, &model, from, to);
	if (!area)
		return false;
	vm_area_insert(map, area);
	return true;
}

static bool brk_set(struct vm_map *map, vaddr_t end) REQUIRES(map->lock)
{
	vaddr_t old_page = align_up(map->brk_end, PAGE_SIZE), new_page = align_up(end, PAGE_SIZE);
	u64 data_bytes = map->data_end - map->data_start;

	if (end < map->brk_start || new_page > USER_TOP || new_page < end)
		return false;
	if (end - map->brk_start > map->data_limit_bytes ||
	    data_bytes > map->data_limit_bytes - (end - map->brk_start))
		return false;
	if (new_page > old_page)
		return brk_grow(map, old_page, new_page);
	if (new_page < old_page)
		return !vm_map_remove_locked(map, new_page, old_page);
	return true;
}

vaddr_t vm_map_brk(struct vm_map *map, vaddr_t end)
{
	vaddr_t old_end, now;
	bool populate;

	rwlock_write_lock(&map->lock);
	old_end = map->brk_end;
	if (end != old_end && brk_set(map, end))
		map->brk_end = end;
	now = map->brk_end;
	populate = now > old_end && (map->future_flags & VM_LOCKED);
	rwlock_write_unlock(&map->lock);
	if (populate)
		ignore_result(vm_fault_in(map, align_down(old_end, PAGE_SIZE),
					  now - align_down(old_end, PAGE_SIZE), true),
			      "as with mmap: the heap is there all the same");
	return now;
}
