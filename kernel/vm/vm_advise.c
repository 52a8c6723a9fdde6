// SPDX-License-Identifier: MIT
/*
 * vm_advise.c -- madvise, mlock and msync: calls on a range of areas.
 *
 * Idea.  One walk (for_each_part) passes each area's part of the range to a function; holes are
 *   remembered and reported at the end as Linux does, after the rest of the range has been handled.
 *   Functions that change an area's flags get an area that has been split to the range.
 * Locks.  map->lock; released before pages are faulted in or a hole is punched into an object.
 * Tests.  tests/guest/memory.
 */
#include "vm/vm_internal.h"
#include "vm/vm_given_up.h"

#include <linux/mman.h>

#define PART_CUT 1U /* split areas at the edges of the range */

typedef int (*part_fn)(struct vm_map *map, struct vm_area *area, vaddr_t start, vaddr_t end,
		       u64 argument);

/* Split *@area so that it lies within [start, end). */
static int cut(struct vm_map *map, struct vm_area **area, vaddr_t start, vaddr_t end)
	REQUIRES(map->lock)
{
	struct vm_area *upper;
	int err;

	if ((*area)->start < start) {
		err = vm_area_split(map, *area, start, area);
		if (err)
			return err;
	}
	return (*area)->end > end ? vm_area_split(map, *area, end, &upper) : 0;
}

/*
 * Call @fn for the part of each area in [start, end). Returns its error, -ENOMEM for holes, or
 * -EINTR.
 */
static int for_each_part(struct vm_map *map, vaddr_t start, vaddr_t end, u32 flags, part_fn fn,
			 u64 argument) REQUIRES(map->lock)
{
	struct vm_area *area = vm_map_find_first(map, start);
	bool holes = !area || area->start > start;
	vaddr_t reached = start;
	int err = 0;

	while (area && area->start < end) {
		holes |= area->start > reached;
		if (flags & PART_CUT)
			err = cut(map, &area, start, end);
		if (!err)
			err = fn(map, area, max(area->start, start), min(area->end, end), argument);
		if (!err && vm_is_given_up())
			err = -EINTR;
		if (err)
			return err;
		reached = area->end;
		if (flags & PART_CUT)
			area = vm_area_merge(map, area);
		area = vm_area_next(area);
	}
	return holes || reached < end ? -ENOMEM : 0;
}

static int part_nothing(struct vm_map *map, struct vm_area *area, vaddr_t start, vaddr_t end,
			u64 argument)
{
	return 0;
}

static int part_drop(struct vm_map *map, struct vm_area *area, vaddr_t start, vaddr_t end,
		     u64 advice) REQUIRES(map->lock)
{
	if (area->flags & VM_LOCKED)
		return -EINVAL;
	if (advice == MADV_FREE && (area->object || (area->flags & VM_SHARED)))
		return -EINVAL;
	vm_zap(map, area, start, end);
	return 0;
}

static int part_set_flags(struct vm_map *map, struct vm_area *area, vaddr_t start, vaddr_t end,
			  u64 flags) REQUIRES(map->lock)
{
	if ((flags & VM_WIPEONFORK) && (area->object || (area->flags & VM_SHARED)))
		return -EINVAL;
	map->has_dontfork |= (flags & VM_DONTFORK) != 0;
	vm_area_set_attributes(map, area, area->protection, area->flags | (u32)flags);
	return 0;
}

static int part_clear_flags(struct vm_map *map, struct vm_area *area, vaddr_t start, vaddr_t end,
			    u64 flags) REQUIRES(map->lock)
{
	vm_area_set_attributes(map, area, area->protection, area->flags & ~(u32)flags);
	return 0;
}

/* Does the part allow any of the accesses in @need? For MADV_POPULATE_*. */
static int part_check_access(struct vm_map *map, struct vm_area *area, vaddr_t start, vaddr_t end,
			     u64 need)
{
	return area->protection & need ? 0 : -EINVAL;
}

static int populate(struct vm_map *map, vaddr_t start, vaddr_t end, bool write)
{
	u32 need = write ? PROTECT_WRITE : PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC;
	int err;

	rwlock_write_lock(&map->lock);
	err = for_each_part(map, start, end, 0, part_check_access, need);
	rwlock_write_unlock(&map->lock);
	return err ? err : vm_fault_in(map, start, end - start, write);
}

/*
 * MADV_REMOVE: the pages leave the shared object itself. That is a write, so a writer is counted
 * under the lock: the area may be unmapped, and the object sealed against writers, before the pages
 * are gone.
 */
static int remove_from_object(struct vm_map *map, vaddr_t start, vaddr_t end)
{
	while (start < end) {
		struct vm_object *object = NULL;
		struct vm_backing *backing = NULL;
		struct vm_area *area;
		vaddr_t part_end = start;
		u64 first = 0;
		int err = 0;

		rwlock_write_lock(&map->lock);
		area = vm_map_find(map, start);
		if (!area)
			err = -ENOMEM;
		else if (!area->object || !(area->flags & VM_SHARED) || (area->flags & VM_LOCKED))
			err = -EINVAL;
		else if (!(area->protection & PROTECT_WRITE))
			err = -EACCES;
		else
			err = vm_object_writable_begin(area->object) ? -EPERM : 0;
		if (!err) {
			object = area->object;
			vm_object_get(object);
			backing = area->backing;
			/* the file accounts for the object's pages */
			if (backing && backing->get)
				backing->get(backing);
			part_end = min(area->end, end);
			first = vm_area_index(area, start);
		}
		rwlock_write_unlock(&map->lock);
		if (err)
			return err;
		vm_object_remove_range(object, first, first + ((part_end - start) >> PAGE_SHIFT));
		vm_object_writable_end(object);
		vm_object_put(object);
		if (backing && backing->put)
			backing->put(backing);
		start = part_end;
		/* each part may visit all areas that map the object */
		if (start < end && vm_is_given_up())
			return -EINTR;
	}
	return 0;
}

/* What an advice does to the areas of its range, under map->lock. */
struct advice_row {
	int advice;
	u32 part_flags;
	part_fn fn;
	u64 argument;
};

static const struct advice_row advice_table[] = {
	{MADV_NORMAL, 0, part_nothing, 0},
	{MADV_RANDOM, 0, part_nothing, 0},
	{MADV_SEQUENTIAL, 0, part_nothing, 0},
	{MADV_WILLNEED, 0, part_nothing, 0},
	{MADV_HUGEPAGE, 0, part_nothing, 0},
	{MADV_NOHUGEPAGE, 0, part_nothing, 0},
	{MADV_COLD, 0, part_nothing, 0},
	{MADV_PAGEOUT, 0, part_nothing, 0},
	{MADV_MERGEABLE, 0, part_nothing, 0},
	{MADV_UNMERGEABLE, 0, part_nothing, 0},
	{MADV_DONTNEED, 0, part_drop, MADV_DONTNEED},
	{MADV_FREE, 0, part_drop, MADV_FREE},
	{MADV_DONTFORK, PART_CUT, part_set_flags, VM_DONTFORK},
	{MADV_DOFORK, PART_CUT, part_clear_flags, VM_DONTFORK},
	{MADV_WIPEONFORK, PART_CUT, part_set_flags, VM_WIPEONFORK},
	{MADV_KEEPONFORK, PART_CUT, part_clear_flags, VM_WIPEONFORK},
	{MADV_DONTDUMP, PART_CUT, part_set_flags, VM_DONTDUMP},
	{MADV_DODUMP, PART_CUT, part_clear_flags, VM_DONTDUMP},
};

static const struct advice_row *find_advice(int advice)
{
	for (unsigned i = 0; i < ARRAY_SIZE(advice_table); i++)
		if (advice_table[i].advice == advice)
			return &advice_table[i];
	return NULL;
}

int vm_map_advise(struct vm_map *map, vaddr_t start, u64 len_bytes, int advice)
{
	const struct advice_row *row = find_advice(advice);
	bool special = advice == MADV_REMOVE || advice == MADV_POPULATE_READ ||
		       advice == MADV_POPULATE_WRITE;
	vaddr_t end;
	int err;

	if ((!row && !special) || !vm_range_check(start, len_bytes, &end))
		return -EINVAL;
	if (start == end)
		return 0;
	if (advice == MADV_REMOVE)
		return remove_from_object(map, start, end);
	if (special)
		return populate(map, start, end, advice == MADV_POPULATE_WRITE);
	rwlock_write_lock(&map->lock);
	err = for_each_part(map, start, end, row->part_flags, row->fn, row->argument);
	rwlock_write_unlock(&map->lock);
	return err;
}

int vm_map_sync(struct vm_map *map, vaddr_t start, u64 len_bytes, int flags)
{
	vaddr_t end;
	int err;

	if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
	    ((flags & MS_ASYNC) && (flags & MS_SYNC)) || !is_aligned(start, PAGE_SIZE))
		return -EINVAL;
	if (!vm_range_check(start, len_bytes, &end))
		return -ENOMEM;
	if (start == end)
		return 0;
	/* Mappings show the object's own pages: there is nothing to write back. */
	rwlock_write_lock(&map->lock);
	err = for_each_part(map, start, end, 0, part_nothing, 0);
	rwlock_write_unlock(&map->lock);
	return err;
}

int vm_map_lock_range(struct vm_map *map, vaddr_t start, u64 len_bytes, bool locked)
{
	vaddr_t page = align_down(start, PAGE_SIZE), end;
	int err = 0;

	if (!vm_range_check(page, len_bytes + (start - page), &end))
		return len_bytes + start < start ? -EINVAL : -ENOMEM;
	if (page == end)
		return 0;
	rwlock_write_lock(&map->lock);
	if (locked && (end - page > map->lock_limit_bytes ||
		       map->nr_locked_bytes > map->lock_limit_bytes - (end - page)))
		err = -ENOMEM;
	else
		err = for_each_part(map, page, end, PART_CUT,
				    locked ? part_set_flags : part_clear_flags, VM_LOCKED);
	rwlock_write_unlock(&map->lock);
	if (!err && locked)
		err = vm_fault_in(map, page, end - page, false);
	return err == -EFAULT ? -ENOMEM : err;
}

int vm_map_lock_all(struct vm_map *map, int flags)
{
	int err = 0;

	if (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) || flags == MCL_ONFAULT)
		return -EINVAL;
	rwlock_write_lock(&map->lock);
	map->future_flags = flags & MCL_FUTURE ? VM_LOCKED : 0;
	if ((flags & MCL_CURRENT) && map->nr_mapped_bytes > map->lock_limit_bytes)
		err = -ENOMEM;
	else if ((flags & MCL_CURRENT) || !flags)
		ignore_result(for_each_part(map, 0, USER_TOP, 0,
					    flags ? part_set_flags : part_clear_flags, VM_LOCKED),
			      "holes do not matter here");
	rwlock_write_unlock(&map->lock);
	return err;
}
