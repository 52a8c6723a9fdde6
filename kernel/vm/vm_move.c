// SPDX-License-Identifier: MIT
/*
 * vm_move.c -- mremap: a mapping grows, shrinks or moves with its pages.
 *
 * Idea.  In place when the space above is free. Otherwise a second area with the same attributes is
 *   created, the entries are moved to it, and the old area, now empty, is unmapped.
 * Invariants.
 *   V1  Everything that can fail for lack of memory (splits, areas, tables) fails before an entry
 *       moves: tables are created first, for all entries that exist. While map->lock is held, no
 *       entry is added and no table is freed.
 * Locks.  map->lock; table_lock while entries move, for one table of them at a time. The new area
 *   comes after the old one among the object's areas (vm_object_areas.c, R2), and is merged with
 *   neighbours only afterwards.
 * Cost.  About 60 instructions per page, no copying.
 * Tests.  vm_map_test.c, tests/guest/memory.
 */
#include "vm/vm_internal.h"

#include <linux/mman.h>

/* No mapped page of an object has a higher index; file offsets stay far below. */
#define VM_INDEX_MAX (1UL << 54)

struct move {
	struct vm_map *map;
	vaddr_t from, to;
	vaddr_t done; /* entries below (in terms of from) are done */
};
#define MOVE_PAUSE 1 /* result of a visitor: let other threads have the lock, then go on */

static struct pte *new_place(const struct move *move, vaddr_t va, bool allocate)
{
	return arch_pagetable_walk(&move->map->pagetable, va - move->from + move->to, allocate);
}

/* Create the tables for what is in @entries. */
static int make_tables(vaddr_t va, struct pte *entries, unsigned count, void *data)
{
	struct move *move = data;

	for (unsigned i = 0; i < count; i++)
		if (!pte_is_none(pte_read(&entries[i])) &&
		    !new_place(move, va + i * PAGE_SIZE, true))
			return -ENOMEM;
	move->done = va + count * PAGE_SIZE;
	return MOVE_PAUSE;
}

static int move_entries(vaddr_t va, struct pte *entries, unsigned count, void *data)
{
	struct move *move = data;

	for (unsigned i = 0; i < count; i++)
		if (!pte_is_none(pte_read(&entries[i])))
			pte_write(new_place(move, va + i * PAGE_SIZE, false),
				  pte_clear(&entries[i])); /* V1 */
	/* under the lock: after it, a page that has moved may be freed */
	arch_tlb_flush_range(&move->map->pagetable, va, va + count * PAGE_SIZE);
	move->done = va + count * PAGE_SIZE;
	return MOVE_PAUSE;
}

static int for_each_table(struct move *move, vaddr_t end,
			  int (*visit)(vaddr_t va, struct pte *entries, unsigned count, void *data))
{
	struct memory_patience patience = {0};
	int err;

	move->done = move->from;
	do {
		spin_lock(&move->map->table_lock);
		err = arch_pagetable_visit(&move->map->pagetable, move->done, end, visit, move);
		spin_unlock(&move->map->table_lock);
		if (err == MOVE_PAUSE)
			patience = (struct memory_patience){0};
		if (err == -ENOMEM && page_alloc_relieve(&patience))
			err = MOVE_PAUSE;
	} while (err == MOVE_PAUSE && move->done < end);
	return err == MOVE_PAUSE ? 0 : err;
}

static int move_pages(struct vm_map *map, vaddr_t from, vaddr_t to, u64 bytes)
{
	struct move move = {.map = map, .from = from, .to = to};
	int err;

	if (!bytes)
		return 0;
	err = for_each_table(&move, from + bytes, make_tables);
	return err ? err : for_each_table(&move, from + bytes, move_entries);
}

struct remap {
	vaddr_t old, new_address;
	u64 old_len, new_len;
	u32 flags;
	vaddr_t populate_from;
};

static bool ranges_overlap(vaddr_t a, u64 a_len, vaddr_t b, u64 b_len)
{
	return a < b + b_len && b < a + a_len;
}

static int check_arguments(struct remap *remap)
{
	if (remap->flags & ~(u32)(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP))
		return -EINVAL;
	if ((remap->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && !(remap->flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if (!is_aligned(remap->old, PAGE_SIZE) || !remap->new_len || remap->new_len > USER_TOP ||
	    remap->old_len > USER_TOP || remap->old > USER_TOP - remap->old_len)
		return -EINVAL;
	remap->old_len = align_up(remap->old_len, PAGE_SIZE);
	remap->new_len = align_up(remap->new_len, PAGE_SIZE);
	if ((remap->flags & MREMAP_DONTUNMAP) && remap->old_len != remap->new_len)
		return -EINVAL;
	if (remap->flags & MREMAP_FIXED) {
		if (!is_aligned(remap->new_address, PAGE_SIZE) ||
		    remap->new_address > USER_TOP - remap->new_len)
			return -EINVAL;
		if (remap->new_address < VM_USER_MIN)
			return -EPERM;
		if (ranges_overlap(remap->old, remap->old_len, remap->new_address, remap->new_len))
			return -EINVAL;
	}
	return 0;
}

/* Is there room above @area to grow by @bytes? */
static bool room_behind(const struct vm_area *area, u64 bytes)
{
	struct vm_area *next = vm_area_next(area);
	u64 guard = next && (next->flags & VM_STACK) ? VM_STACK_GUARD_BYTES : 0;

	if (bytes > USER_TOP - area->end)
		return false;
	return !next || area->end + bytes + guard <= next->start;
}

/*
 * Create the area at the new place and move the pages there. @area is exactly the old range (or,
 * for old_len 0, the area to be duplicated).
 */
static int move_area(struct vm_map *map, struct vm_area *area, const struct remap *remap,
		     vaddr_t *out) REQUIRES(map->lock)
{
	u64 kept = min(remap->old_len, remap->new_len);
	struct vm_area *copy;
	vaddr_t to = remap->new_address;
	int err;

	if (!(remap->flags & MREMAP_FIXED) &&
	    !vm_map_find_gap(map, remap->new_len, map->mmap_top, &to) &&
	    !vm_map_find_gap(map, remap->new_len, USER_TOP, &to))
		return -ENOMEM;
	if (map->nr_areas >= VM_NR_AREAS_MAX)
		return -ENOMEM;
	copy = vm_area_create(map, area, to, to + remap->new_len);
	if (!copy)
		return -ENOMEM;
	if (copy->object)
		copy->object_index = vm_area_index(area, remap->old);
	vm_area_insert(map, copy);
	err = move_pages(map, remap->old, to, kept);
	if (err) {
		ignore_result(vm_map_remove_locked(map, to, to + remap->new_len),
			      "a whole area: no split, so it can't fail; and its tables go");
		return err;
	}
	if (remap->old_len && !(remap->flags & MREMAP_DONTUNMAP))
		ignore_result(vm_map_remove_locked(map, remap->old, remap->old + remap->old_len),
			      "a whole area: no split, so it can't fail");
	vm_area_merge(map, copy);
	*out = to;
	return 0;
}

/* Grow in place, or move. */
static int remap_locked(struct vm_map *map, struct remap *remap, vaddr_t *out) REQUIRES(map->lock)
{
	vaddr_t old_end = remap->old + remap->old_len;
	bool moves = remap->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP);
	struct vm_area *area = vm_map_find(map, remap->old);
	int err;

	if (!area)
		return -EFAULT;
	if (!remap->old_len && !(area->flags & VM_SHARED))
		return -EINVAL;
	if (remap->new_len <= remap->old_len && !moves) {
		*out = remap->old;
		if (remap->new_len == remap->old_len)
			return 0;
		return vm_map_remove_locked(map, remap->old + remap->new_len, old_end);
	}
	if (old_end > area->end)
		return -EFAULT;
	if ((area->flags & VM_VDSO) && remap->new_len > remap->old_len)
		return -EFAULT; /* it cannot grow */
	if (area->object &&
	    vm_area_index(area, remap->old) + (remap->new_len >> PAGE_SHIFT) > VM_INDEX_MAX)
		return -EINVAL; /* the result of repeated duplication and growth */
	if (remap->new_len > remap->old_len || (remap->flags & MREMAP_DONTUNMAP)) {
		u64 more = remap->flags & MREMAP_DONTUNMAP ? remap->new_len
							   : remap->new_len - remap->old_len;

		err = vm_map_check_limits(map, more, area->protection, area->flags);
		if (err)
			return err;
		remap->populate_from = area->flags & VM_LOCKED ? remap->old_len : remap->new_len;
		if (!moves && remap->old_len && area->end == old_end && room_behind(area, more)) {
			vm_area_set_end(area, old_end + more);
			vm_area_merge(map, area);
			*out = remap->old;
			return 0;
		}
	}
	if (!(remap->flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	if (remap->flags & MREMAP_FIXED) {
		err = vm_map_remove_locked(map, remap->new_address,
					   remap->new_address + remap->new_len);
		if (err)
			return err;
	}
	if (remap->old_len) {
		err = vm_area_isolate(map, remap->old, old_end, &area);
		if (err)
			return err;
	} else {
		area = vm_map_find(map, remap->old);
	}
	return area ? move_area(map, area, remap, out) : -EFAULT;
}

int vm_map_move(struct vm_map *map, vaddr_t old, u64 old_len, u64 new_len, u32 flags,
		vaddr_t new_address, vaddr_t *out)
{
	struct remap remap = {
		.old = old,
		.old_len = old_len,
		.new_len = new_len,
		.flags = flags,
		.new_address = new_address,
	};
	int err = check_arguments(&remap);

	if (err)
		return err;
	remap.populate_from = remap.new_len;
	rwlock_write_lock(&map->lock);
	err = remap_locked(map, &remap, out);
	rwlock_write_unlock(&map->lock);
	if (!err && remap.populate_from < remap.new_len)
		ignore_result(vm_fault_in(map, *out + remap.populate_from,
					  remap.new_len - remap.populate_from, true),
			      "locked memory that grows: as much as there is");
	return err;
}
