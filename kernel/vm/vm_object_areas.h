/* SPDX-License-Identifier: MIT */
/* Which areas map an object, and removing pages from all of them. Private to vm/. */
#pragma once

#include "vm/vm_map.h"

/*
 * Is the page at @index being removed, so that it must not be mapped any more? object->lock held.
 */
static inline bool vm_object_is_going(const struct vm_object *object, u64 index)
	REQUIRES(object->lock)
{
	assert_spin_held(&object->lock);
	return unlikely(index < object->going_end) && index >= object->going_first;
}

/*
 * Are any pages of @object being removed? If not, with table_lock of a map held none of its pages
 * that an area of this map has leaves @object before that is released (R1).
 */
static inline bool vm_object_removes_pages(const struct vm_object *object)
{
	/* Pairs with vm_object_zap_end. */
	return unlikely(__atomic_load_n(&object->going_end, __ATOMIC_ACQUIRE));
}

void vm_object_list_area_slow(struct vm_area *area);
void vm_object_unlist_area_slow(struct vm_area *area);
/*
 * If @area has an object, add it to the areas that map the object, after the one that it came from
 * (R2). Takes object->lock. Not for the vDSO, whose object never loses a page: every process would
 * take the lock for nothing.
 */
static inline void vm_object_list_area(struct vm_area *area)
{
	if (area->object && !(area->flags & VM_VDSO))
		vm_object_list_area_slow(area);
}
/* The reverse. Takes object->lock. */
static inline void vm_object_unlist_area(struct vm_area *area)
{
	if (area->object && !(area->flags & VM_VDSO))
		vm_object_unlist_area_slow(area);
}

/*
 * Take object->lock with none of the pages that are being removed mapped in @area: from then on
 * @area may change its place in the order or become part of another area, and the removal need not
 * visit it again. Locks: map->lock held. Cost: the pages to be unmapped, in steps.
 */
void vm_object_lock_settled(struct vm_area *area) ACQUIRES(area->object->lock);
/*
 * Set @area to [start, end), with first page @index. Unless only the end changes, object->lock was
 * taken by vm_object_lock_settled(). object->lock held.
 */
void vm_object_resize_area(struct vm_area *area, vaddr_t start, vaddr_t end, u64 index);

/*
 * Remove the pages [first, end) from every address space; private copies as well, unless
 * @copies_stay. Until vm_object_zap_end() none of the object's pages there is mapped again. Locks:
 * fill_lock held; takes object->lock for each step.
 */
void vm_object_zap(struct vm_object *object, u64 first, u64 end, bool copies_stay)
	REQUIRES(object->fill_lock);
/*
 * One step of vm_object_zap() for @area's pages from *@at up to @end; in vm_unmap.c. map->lock or
 * object->lock held. Returns the cost, in entries visited: *@at has advanced and there may be more;
 * or -1 minus the cost: done.
 */
int vm_zap_object_step(struct vm_area *area, u64 *at, u64 end, bool copies_stay);
/* The removed pages have left the object: object->lock held. */
void vm_object_zap_end(struct vm_object *object) REQUIRES(object->lock);
