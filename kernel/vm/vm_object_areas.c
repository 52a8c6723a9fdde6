// SPDX-License-Identifier: MIT
/*
 * vm_object_areas.c -- which areas map an object, and removing pages from all of them.
 *
 * Idea.  A list while there are few areas, because fork and exit insert and remove most areas
 *   before the list is ever read; then an interval tree: areas by the first page that they map,
 *   each with the largest end in its subtree. Pages that leave the object are first unmapped from
 *   the areas that map them, a step at a time: between two steps object->lock is released, and
 *   areas come, go and change. object->zap_next is the next area to visit; all areas before it, in
 *   the order of list or tree, have been visited.
 * Invariants.
 *   R1  While pages are being removed (going_first, going_end) no fault maps any of them, and none
 *       is copied into a private area, once the area has been visited. So a page table gets such an
 *       entry only from another page table: by fork or mremap. A fault has table_lock, and first
 *       looks whether pages are being removed, then for the page. The visit has table_lock, too: if
 *       it comes later, it finds the entry. If it came before, the fault sees that pages are being
 *       removed; or that this is over, and then that they are not there. Who holds object->lock
 *       instead while he looks and maps is before or after the whole change, or a step of it.
 *   R2  fork and mremap insert the new area after the one that it came from: at the end of the
 *       list; in the tree it maps the same first page and becomes the last of its equals. So what
 *       is copied before the old area is visited is found in the new one, and afterwards there is
 *       nothing to copy.
 *   R3  An area that has not been visited does not move before zap_next with such pages: a thread
 *       that changes its first page, or merges it into the area before it, unmaps them first
 *       (vm_object_lock_settled).
 *   R4  zap_next is in the list or tree, or NULL: an area that is removed advances it. When the
 *       list becomes the tree, whose order differs, all areas are visited again.
 * Locks.  object->lock. fill_lock, which the removing thread holds, admits only one removal at a
 *   time.
 * Cost.  Of a removal: the areas that map the range, and the entries that exist. A new area: 6
 *   instructions in the list, some 60 in the tree.
 * Tests.  vm_object_test.c, vm_map_test.c, tests/guest/memory/mem_truncate.c.
 */
#include "vm/vm_object_areas.h"

#include "vm/vm_internal.h"

#define STEP_BUDGET 1024 /* entries visited before object->lock is released for a moment */
#define AREA_COST 32	 /* the cost of an area itself, in entries */

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

/* ---- the areas that map a range, in order ------------------------------------------------ */

/* The first area in @area's subtree that maps a page of [first, end), or NULL. */
static struct vm_area *first_within(struct vm_area *area, u64 first, u64 end)
{
	while (area && area->object_max_end > first) {
		struct vm_area *left = area_of(area->object_node.left);

		if (left && left->object_max_end > first) {
			area = left; /* it is there, or everything to the right begins after @end */
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

/* The next such area after @area in the tree. */
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

/* The first such area after @link in the list. */
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

/* The first area that maps pages being removed; the next one after @area. */
static struct vm_area *first_to_zap(struct vm_object *object)
{
	u64 first = READ_ONCE(object->going_first), end = READ_ONCE(object->going_end);

	if (object->has_many_areas)
		return first_within(area_of(object->areas.node), first, end);
	return next_in_list(object, &object->few_areas, first, end);
}

static struct vm_area *next_to_zap(struct vm_object *object, struct vm_area *area)
{
	u64 first = READ_ONCE(object->going_first), end = READ_ONCE(object->going_end);

	if (object->has_many_areas)
		return next_in_tree(area, first, end);
	return next_in_list(object, &area->object_link, first, end);
}

/* ---- adding and removing areas ----------------------------------------------------------- */

static inline bool is_writer(const struct vm_area *area)
{
	return (area->flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE);
}

static void into_tree(struct vm_object *object, struct vm_area *area)
{
	(void)rb_insert_augmented(&object->areas, &area->object_node, less, update);
}

/* Turn the list into the tree. */
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

	assert_spin_held(&area->object->lock);
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

/* ---- removing pages ---------------------------------------------------------------------- */

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

/* One hold of object->lock. False: all areas have been visited. */
static bool zap_some(struct vm_object *object) REQUIRES(object->lock)
{
	int budget = STEP_BUDGET;

	while (object->zap_next && budget > 0) {
		struct vm_area *area = object->zap_next;
		int cost = vm_zap_object_step(area, &object->zap_at, READ_ONCE(object->going_end),
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

	assert_mutex_held(&object->fill_lock); /* only one removal at a time */
	spin_lock(&object->lock);
	WRITE_ONCE(object->going_first, first);
	WRITE_ONCE(object->going_end, end);
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
	assert_spin_held(&object->lock);
	debug_assert(!object->zap_next);
	WRITE_ONCE(object->going_first, 0);
	/* The pages have left before. R1: pairs with vm_object_removes_pages. */
	__atomic_store_n(&object->going_end, 0, __ATOMIC_RELEASE);
}
