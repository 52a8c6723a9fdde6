// SPDX-License-Identifier: MIT
/*
 * vm_object_areas.c -- which areas show an object, and taking pages out of all of them.
 *
 * Idea.  A list while there are few, as fork and exit put most areas in and take them out before
 *   anybody asks; then an interval tree: areas by the first page that they show, each with the
 *   largest end in its subtree. Pages that leave the object are first taken out of the areas that
 *   show them, a step at a time: between two steps object->lock is free, and areas come, go and
 *   change. object->zap_next is the area that is looked at next; all before it, in the order of
 *   list or tree, have been.
 * Invariants.
 *   R1  While pages are on their way out (going_first, going_end) no fault maps any of them, and
 *       none is copied into a private area. So a page table gets such an entry only from another
 *       table: by fork or mremap.
 *   R2  These put the new area behind the one that it came from: at the end of the list; in the
 *       tree it shows the same first page, and the last of its equals is the new one. So what is
 *       copied before the old area has been looked at is found in the new one, and afterwards there
 *       is nothing to copy.
 *   R3  An area that has not been looked at does not get in front of zap_next with such pages:
 *       whoever changes its first page, or joins it to the area before it, unmaps them first
 *       (vm_object_lock_settled).
 *   R4  zap_next is in list or tree, or NULL: an area that leaves hands it on. When the list
 *       becomes the tree, whose order is another, the few areas are gone over again.
 * Locks.  object->lock; fill_lock, which the one who removes pages holds, makes him the only one.
 * Cost.  Of a removal: the areas that show the range, and the entries that are there. A new area:
 *   6 instructions in the list, some 60 in the tree.
 * Tests.  vm_object_test.c, vm_map_test.c, tests/guest/memory/mem_truncate.c.
 */
#include "vm/vm_object_areas.h"

#include "vm/vm_internal.h"

#define STEP_BUDGET 1024 /* of entries looked at, before object->lock is dropped for a moment */
#define AREA_COST 32	 /* what an area costs besides, in entries */

#define FEW_AREAS_MAX 32

#define area_of(rb) rb_entry_or_null(rb, struct vm_area, object_node)

static inline u64 area_end_index(const struct vm_area *area)
{
	return area->object_index + ((area->end - area->start) >> PAGE_SHIFT);
}

static void update(struct rb_node *node)
{
	struct vm_area *area = area_of(node);
	u64 largest = area_end_index(area);

	if (node->left)
		largest = max(largest, area_of(node->left)->object_max_end);
	if (node->right)
		largest = max(largest, area_of(node->right)->object_max_end);
	area->object_max_end = largest;
}

static inline bool less(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct vm_area, object_node)->object_index <
	       rb_entry(b, struct vm_area, object_node)->object_index;
}

/* ---- the areas that show a range, in order ----------------------------------------------- */

/* The first in @area's subtree that shows a page of [first, end), or NULL. */
static struct vm_area *first_within(struct vm_area *area, u64 first, u64 end)
{
	while (area && area->object_max_end > first) {
		struct vm_area *left = area_of(area->object_node.left);

		if (left && left->object_max_end > first) {
			area = left; /* there, or what stands right of it begins behind @end */
			continue;
		}
		if (area->object_index >= end)
			return NULL;
		if (area_end_index(area) > first)
			return area;
		area = area_of(area->object_node.right);
	}
	return NULL;
}

/* The next after @area in the tree. */
static struct vm_area *next_in_tree(struct vm_area *area, u64 first, u64 end)
{
	struct rb_node *node = &area->object_node, *parent;
	struct vm_area *found = first_within(area_of(node->right), first, end);

	while (!found && (parent = rb_parent(node))) {
		if (node == parent->left) {
			area = area_of(parent);
			if (area->object_index >= end)
				return NULL;
			found = area_end_index(area) > first
					? area
					: first_within(area_of(parent->right), first, end);
		}
		node = parent;
	}
	return found;
}

/* The first behind @link in the list. */
static struct vm_area *next_in_list(struct vm_object *object, struct list_node *link, u64 first,
				    u64 end)
{
	while ((link = link->next) != &object->few_areas) {
		struct vm_area *area = container_of(link, struct vm_area, object_link);

		if (area->object_index < end && area_end_index(area) > first)
			return area;
	}
	return NULL;
}

/* Of the areas that show pages on their way out the first, or the next after @area. */
static struct vm_area *first_to_zap(struct vm_object *object)
{
	if (object->has_many_areas)
		return first_within(area_of(object->areas.node), object->going_first,
				    object->going_end);
	return next_in_list(object, &object->few_areas, object->going_first, object->going_end);
}

static struct vm_area *next_to_zap(struct vm_object *object, struct vm_area *area)
{
	if (object->has_many_areas)
		return next_in_tree(area, object->going_first, object->going_end);
	return next_in_list(object, &area->object_link, object->going_first, object->going_end);
}

/* ---- areas come and go ------------------------------------------------------------------- */

static inline bool is_writer(const struct vm_area *area)
{
	return (area->flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE);
}

static void into_tree(struct vm_object *object, struct vm_area *area)
{
	(void)rb_insert_augmented(&object->areas, &area->object_node, less, update);
}

/* The list becomes the tree. */
static __cold void plant_tree(struct vm_object *object)
{
	struct list_node *link, *next;

	for (link = object->few_areas.next; link != &object->few_areas; link = next) {
		next = link->next;
		into_tree(object, container_of(link, struct vm_area, object_link));
	}
	list_init(&object->few_areas);
	object->has_many_areas = true;
	if (object->zap_next) { /* R4 */
		object->zap_next = first_to_zap(object);
		object->zap_at = object->going_first;
	}
}

static void link_area(struct vm_object *object, struct vm_area *area)
{
	if (unlikely(object->has_many_areas))
		return into_tree(object, area);
	list_add_last(&object->few_areas, &area->object_link);
	if (unlikely(object->nr_areas >= FEW_AREAS_MAX))
		plant_tree(object);
}

static void unlink_area(struct vm_object *object, struct vm_area *area)
{
	if (unlikely(object->zap_next == area)) { /* R4 */
		object->zap_next = next_to_zap(object, area);
		object->zap_at = object->going_first;
	}
	if (unlikely(object->has_many_areas))
		rb_erase_augmented(&object->areas, &area->object_node, update);
	else
		list_remove(&area->object_link);
}

void vm_object_list_area_slow(struct vm_area *area)
{
	struct vm_object *object = area->object;

	spin_lock(&object->lock);
	link_area(object, area);
	object->nr_areas++;
	if (unlikely(is_writer(area)))
		object->nr_writers++;
	spin_unlock(&object->lock);
}

void vm_object_unlist_area_slow(struct vm_area *area)
{
	struct vm_object *object = area->object;

	spin_lock(&object->lock);
	unlink_area(object, area);
	if (unlikely(is_writer(area)))
		object->nr_writers--;
	if (!--object->nr_areas)
		object->has_many_areas = false;
	spin_unlock(&object->lock);
}

void vm_object_resize_area(struct vm_area *area, vaddr_t start, vaddr_t end, u64 index)
{
	struct vm_object *object = area->object;
	bool in_tree = object->has_many_areas, moves = in_tree && index != area->object_index;

	if (moves)
		unlink_area(object, area);
	area->start = start;
	area->end = end;
	area->object_index = index;
	if (moves)
		into_tree(object, area);
	else if (in_tree)
		rb_update_path(&area->object_node, update);
}

/* ---- pages go out ------------------------------------------------------------------------ */

void vm_object_lock_settled(struct vm_area *area)
{
	struct vm_object *object = area->object;
	u64 settled = 0;

	for (;;) {
		u64 first, end;
		bool copies_stay;

		spin_lock(&area->object->lock);
		if (likely(!object->going_end || object->going_round == settled))
			return; /* R3 */
		settled = object->going_round;
		first = object->going_first;
		end = object->going_end;
		copies_stay = object->copies_stay;
		spin_unlock(&area->object->lock);
		while (vm_zap_object_step(area, &first, end, copies_stay) >= 0)
			;
	}
}

/* One hold of object->lock. False: all areas have been looked at. */
static bool zap_some(struct vm_object *object) REQUIRES(object->lock)
{
	int budget = STEP_BUDGET;

	while (object->zap_next && budget > 0) {
		struct vm_area *area = object->zap_next;
		int cost = vm_zap_object_step(area, &object->zap_at, object->going_end,
					      object->copies_stay);

		if (cost >= 0) {
			budget -= cost;
			continue;
		}
		budget -= AREA_COST - cost;
		object->zap_next = next_to_zap(object, area);
		object->zap_at = object->going_first;
	}
	return object->zap_next;
}

void vm_object_zap(struct vm_object *object, u64 first, u64 end, bool copies_stay)
{
	bool more;

	spin_lock(&object->lock);
	object->going_first = first;
	object->going_end = end;
	object->going_round++;
	object->copies_stay = copies_stay;
	object->zap_next = first_to_zap(object);
	object->zap_at = first;
	do {
		more = zap_some(object);
		spin_unlock(&object->lock);
		if (!more)
			return;
		spin_lock(&object->lock);
	} while (true);
}

void vm_object_zap_end(struct vm_object *object)
{
	debug_assert(!object->zap_next);
	object->going_first = object->going_end = 0;
}
