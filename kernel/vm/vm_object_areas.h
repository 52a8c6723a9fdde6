/* SPDX-License-Identifier: MIT */
/* Which areas show an object, and taking pages out of all of them. For vm/ alone. */
#pragma once

#include "vm/vm_map.h"

/* Is the page at @index on its way out, so that it must not be mapped any more? object->lock
 * held. */
static inline bool vm_object_is_going(const struct vm_object *object, u64 index)
{
	return unlikely(index < object->going_end) && index >= object->going_first;
}

void vm_object_list_area_slow(struct vm_area *area);
void vm_object_unlist_area_slow(struct vm_area *area);
/* Put @area, if it has an object, among those that show the object: behind the one that it came
 * from (R2). Takes object->lock. But the vDSO's object never loses a page: every process would come
 * here for nothing. */
static inline void vm_object_list_area(struct vm_area *area)
{
	if (area->object && !(area->flags & VM_VDSO))
		vm_object_list_area_slow(area);
}
/* Take it out. Takes object->lock. */
static inline void vm_object_unlist_area(struct vm_area *area)
{
	if (area->object && !(area->flags & VM_VDSO))
		vm_object_unlist_area_slow(area);
}

/*
 * Take object->lock with none of the pages that are on their way out mapped in @area: from then on
 * @area may get another place in the order, or become part of another area, and whoever removes
 * pages need not come to it again. Locks: map->lock held. Cost: the pages to be unmapped, in steps.
 */
void vm_object_lock_settled(struct vm_area *area) ACQUIRES(area->object->lock);
/* @area shows [start, end), and its first page is @index, from now on: see
 * vm_object_lock_settled, which goes before unless only the end changes. object->lock held. */
void vm_object_resize_area(struct vm_area *area, vaddr_t start, vaddr_t end, u64 index);

/*
 * Take the pages [first, end) out of every address space; private copies of them as well, unless
 * @copies_stay. Until vm_object_zap_end() none of the object's pages there is mapped again.
 * Locks: fill_lock held; takes object->lock for one step after the other.
 */
void vm_object_zap(struct vm_object *object, u64 first, u64 end, bool copies_stay);
/*
 * vm_unmap.c: one step of that for @area's pages from *@at up to @end; map->lock or object->lock
 * held.
 * Returns what it cost, in entries looked at: *@at has moved and there may be more; or -1 less
 * that: done.
 */
int vm_zap_object_step(struct vm_area *area, u64 *at, u64 end, bool copies_stay);
/* The pages have left the object: object->lock held. */
void vm_object_zap_end(struct vm_object *object);
