// SPDX-License-Identifier: MIT
/*
 * vm_area.c -- areas of an address space, and the tree that orders them.
 *
 * Idea.  A red-black tree by start address. Each area also records the free bytes below it (gap)
 *   and the largest gap in its subtree, so that the highest hole that is large enough is found in
 *   one descent, however many areas there are.
 * Invariants.
 *   A1  Areas do not overlap, are not empty, and are page aligned.
 *   A2  area->gap is the distance from the end of the area below (or VM_USER_MIN) to area->start,
 *       minus the guard of a stack; max_gap is the maximum of gap over the subtree.
 *   A3  An area with an object is in the object's list or tree of areas, and its start, end and
 *       object_index change only with object->lock held: truncation reads them with that lock
 *       alone.
 *   A4  nr_mapped_bytes, nr_data_bytes, nr_locked_bytes, nr_stack_bytes are sums over the tree.
 * Ownership.  The tree owns its areas; an area holds references to its object and backing.
 * Locks.  map->lock, and object->lock inside it where A3 says so.
 * Cost.  Find: one comparison per level, or two in all when the last area found is hit again.
 *   Moving an edge: one walk up the tree.
 * Tests.  vm_map_test.c: random operations against a model with one record per page.
 */
#include "vm/vm_internal.h"
#include "vm/vm_given_up.h"

#include "lib/rbtree_copy.h"
#include "mm/slab.h"
#include "vm/vm_object_areas.h"

static struct slab_cache area_cache; /* [I] */

void vm_area_init(void)
{
	slab_cache_init(&area_cache, "vm_area", sizeof(struct vm_area), 0);
}

/* ---- the tree ---------------------------------------------------------------------------- */

static void area_update(struct rb_node *node)
{
	struct vm_area *area = rb_entry(node, struct vm_area, node);
	u64 largest = area->gap;

	if (node->left)
		largest = max(largest, rb_entry(node->left, struct vm_area, node)->max_gap);
	if (node->right)
		largest = max(largest, rb_entry(node->right, struct vm_area, node)->max_gap);
	area->max_gap = largest;
}

/* Mappings below @area must end at or below this address. */
static inline vaddr_t area_low(const struct vm_area *area)
{
	if (!(area->flags & VM_STACK))
		return area->start;
	return area->start > VM_STACK_GUARD_BYTES ? area->start - VM_STACK_GUARD_BYTES : 0;
}

static inline u64 area_gap(const struct vm_area *area, vaddr_t below)
{
	vaddr_t low = area_low(area);

	return low > below ? low - below : 0;
}

/* The area below @area now ends at @below. */
static inline void area_set_below(struct vm_area *area, vaddr_t below)
{
	area->gap = area_gap(area, below);
	rb_update_path(&area->node, area_update);
}

static inline vaddr_t area_below(const struct vm_area *area)
{
	const struct vm_area *prev = vm_area_prev(area);

	return prev ? prev->end : VM_USER_MIN;
}

struct vm_area *vm_map_find_first(struct vm_map *map, vaddr_t va)
{
	struct vm_area *best = READ_ONCE(map->last_found);
	struct rb_node *node = map->areas.node;

	assert_rwlock_held_shared(&map->lock);
	if (best && va >= best->start && va < best->end)
		return best;
	best = NULL;
	while (node) {
		struct vm_area *area = rb_entry(node, struct vm_area, node);

		if (va >= area->end) {
			node = node->right;
			continue;
		}
		best = area;
		if (va >= area->start)
			break;
		node = node->left;
	}
	if (best)
		WRITE_ONCE(map->last_found, best);
	return best;
}

struct vm_area *vm_map_find(struct vm_map *map, vaddr_t va)
{
	struct vm_area *area = vm_map_find_first(map, va);

	return area && va >= area->start ? area : NULL;
}

/*
 * The highest area in @area's subtree whose gap is at least @len; the caller knows that there is
 * one.
 */
static struct vm_area *highest_with_gap(struct vm_area *area, u64 len)
{
	for (;;) {
		struct vm_area *right = vm_area_of(area->node.right);

		if (right && right->max_gap >= len)
			area = right;
		else if (area->gap >= len)
			return area;
		else
			area = rb_entry(area->node.left, struct vm_area, node);
	}
}

/* The highest area below @area whose gap is at least @len, or NULL. */
static struct vm_area *next_lower_with_gap(struct vm_area *area, u64 len)
{
	for (;;) {
		struct rb_node *node = &area->node, *parent;
		struct vm_area *left = vm_area_of(node->left);

		if (left && left->max_gap >= len)
			return highest_with_gap(left, len);
		while ((parent = rb_parent(node)) && node == parent->left)
			node = parent;
		if (!parent)
			return NULL;
		area = rb_entry(parent, struct vm_area, node);
		if (area->gap >= len)
			return area;
	}
}

bool vm_map_find_gap(struct vm_map *map, u64 len_bytes, vaddr_t top, vaddr_t *out)
{
	struct vm_area *above = NULL, *area;
	struct rb_node *node = map->areas.node;
	vaddr_t below = VM_USER_MIN, limit = top;

	assert_rwlock_held(&map->lock);
	/*
	 * Find the hole that contains or touches @top: between the last area that ends at or below
	 * @top and the next one.
	 */
	while (node) {
		area = rb_entry(node, struct vm_area, node);
		if (area->end > top) {
			above = area;
			node = node->left;
		} else {
			below = area->end;
			node = node->right;
		}
	}
	if (above)
		limit = min(limit, area_low(above));
	if (limit >= below && limit - below >= len_bytes) {
		*out = limit - len_bytes;
		return true;
	}
	if (above)
		area = next_lower_with_gap(above, len_bytes);
	else if (map->areas.node && vm_area_of(map->areas.node)->max_gap >= len_bytes)
		area = highest_with_gap(vm_area_of(map->areas.node), len_bytes);
	else
		area = NULL;
	if (!area)
		return false;
	*out = area_low(area) - len_bytes;
	return true;
}

/* ---- counts ------------------------------------------------------------------------------ */

static void count(struct vm_map *map, const struct vm_area *area, u64 bytes)
{
	map->nr_mapped_bytes += bytes;
	if ((area->protection & PROTECT_WRITE) && !(area->flags & (VM_SHARED | VM_STACK)))
		map->nr_data_bytes += bytes;
	if (area->flags & VM_LOCKED)
		map->nr_locked_bytes += bytes;
	if (area->flags & VM_STACK)
		map->nr_stack_bytes += bytes;
}

static inline void uncount(struct vm_map *map, const struct vm_area *area, u64 bytes)
{
	count(map, area, 0 - bytes);
}

void vm_area_set_attributes(struct vm_map *map, struct vm_area *area, u32 protection, u32 flags)
{
	assert_rwlock_held(&map->lock);
	uncount(map, area, area->end - area->start);
	area->protection = protection;
	area->flags = flags;
	count(map, area, area->end - area->start);
}

/* ---- one area ---------------------------------------------------------------------------- */

struct vm_area *vm_area_create(struct vm_map *map, const struct vm_area *model, vaddr_t start,
			       vaddr_t end)
{
	struct vm_area *area = slab_alloc(&area_cache, 0);

	if (!area)
		return NULL;
	area->start = start;
	area->end = end;
	area->protection = model->protection;
	area->flags = model->flags;
	area->object = model->object;
	area->object_index = model->object_index;
	area->backing = model->backing;
	area->map = map;
	if (area->object)
		vm_object_get(area->object);
	if (area->backing && area->backing->get)
		area->backing->get(area->backing);
	return area;
}

void vm_area_free(struct vm_area *area)
{
	struct vm_object *object = area->object;
	struct vm_backing *backing = area->backing;

	slab_free(&area_cache, area);
	if (object)
		vm_object_put(object);
	/* Last, because it may free the file that the object belongs to. */
	if (backing && backing->put)
		backing->put(backing);
}

/* Link @area into the tree and add it to the counts. */
static void area_link(struct vm_map *map, struct vm_area *area)
{
	struct rb_node **link = &map->areas.node, *parent = NULL;
	struct vm_area *prev = NULL, *next = NULL;

	while (*link) {
		struct vm_area *at = rb_entry(*link, struct vm_area, node);

		parent = *link;
		if (area->start < at->start) {
			next = at;
			link = &parent->left;
		} else {
			prev = at;
			link = &parent->right;
		}
	}
	debug_assert(!prev || prev->end <= area->start); /* A1 */
	debug_assert(!next || area->end <= next->start);
	area->gap = area_gap(area, prev ? prev->end : VM_USER_MIN);
	rb_link(&map->areas, &area->node, parent, link, area_update);
	if (next)
		area_set_below(next, area->end);
	map->nr_areas++;
	count(map, area, area->end - area->start);
}

void vm_area_insert(struct vm_map *map, struct vm_area *area)
{
	vm_object_list_area(area);
	area_link(map, area);
}

/* Copy @area to *@link, an empty child place of @parent in the tree of @map. */
static struct vm_area *clone_one(struct vm_map *map, const struct vm_area *area,
				 struct rb_node *parent, struct rb_node **link)
{
	struct vm_area *copy = vm_area_create(map, area, area->start, area->end);

	if (!copy)
		return NULL;
	copy->flags &= ~(u32)VM_LOCKED;
	copy->gap = area->gap;
	copy->max_gap = area->max_gap;
	rb_copy_node(&copy->node, &area->node, parent);
	*link = &copy->node;
	vm_object_list_area(copy);
	return copy;
}

int vm_area_clone_all(struct vm_map *from, struct vm_map *to)
{
	struct vm_area *area = vm_area_of(from->areas.node), *copy;
	unsigned nr = 0;

	debug_assert(!to->areas.node);
	copy = area ? clone_one(to, area, NULL, &to->areas.node) : NULL;
	if (area && !copy)
		return -ENOMEM;
	while (area) {
		struct rb_node *node = &area->node, *twin = &copy->node, **link = NULL;

		if (node->left && !twin->left) {
			node = node->left;
			link = &twin->left;
		} else if (node->right && !twin->right) {
			node = node->right;
			link = &twin->right;
		}
		if (!link) { /* this subtree is done */
			area = vm_area_of(rb_parent(node));
			copy = vm_area_of(rb_parent(twin));
			continue;
		}
		area = rb_entry(node, struct vm_area, node);
		copy = clone_one(to, area, twin, link);
		if (!copy)
			return -ENOMEM;
		if (++nr % VM_BATCH_AREAS == 0 && vm_is_given_up())
			return -EINTR;
	}
	to->nr_areas = from->nr_areas; /* A4; VM_LOCKED is not inherited */
	to->nr_mapped_bytes = from->nr_mapped_bytes;
	to->nr_data_bytes = from->nr_data_bytes;
	to->nr_stack_bytes = from->nr_stack_bytes;
	return 0;
}

void vm_area_erase(struct vm_map *map, struct vm_area *area)
{
	struct vm_area *next = vm_area_next(area);
	vaddr_t below = area_below(area);

	assert_rwlock_held(&map->lock);
	if (map->last_found == area)
		map->last_found = NULL;
	vm_object_unlist_area(area);
	rb_erase_augmented(&map->areas, &area->node, area_update);
	if (next)
		area_set_below(next, below);
	map->nr_areas--;
	uncount(map, area, area->end - area->start);
}

struct vm_area *vm_area_pop(struct vm_map *map)
{
	struct rb_node *node = map->areas.node, *parent;
	struct vm_area *area;

	if (!node)
		return NULL;
	map->last_found = NULL;
	while (node->left || node->right)
		node = node->left ? node->left : node->right;
	parent = rb_parent(node);
	if (!parent)
		map->areas.node = NULL;
	else if (parent->left == node)
		parent->left = NULL;
	else
		parent->right = NULL;
	area = rb_entry(node, struct vm_area, node);
	map->nr_areas--;
	uncount(map, area, area->end - area->start);
	return area;
}

/* Change the extent of @area; the page of its object at @start is then @index. */
static void area_resize(struct vm_area *area, vaddr_t start, vaddr_t end,
			u64 index) NO_LOCK_ANALYSIS
{
	struct vm_object *object = area->object;

	uncount(area->map, area, area->end - area->start);
	count(area->map, area, end - start);
	if (!object) {
		area->start = start;
		area->end = end;
		return;
	}
	if (start != area->start)
		vm_object_lock_settled(area);
	else
		spin_lock(&object->lock); /* A3 */
	vm_object_resize_area(area, start, end, index);
	spin_unlock(&object->lock);
}

void vm_area_set_start(struct vm_area *area, vaddr_t start)
{
	s64 moved_pages = (s64)(start - area->start) >> PAGE_SHIFT;

	area_resize(area, start, area->end,
		    area->object ? area->object_index + (u64)moved_pages : 0);
	area_set_below(area, area_below(area));
}

void vm_area_set_end(struct vm_area *area, vaddr_t end)
{
	struct vm_area *next = vm_area_next(area);

	area_resize(area, area->start, end, area->object_index);
	if (next)
		area_set_below(next, end);
}

int vm_area_split(struct vm_map *map, struct vm_area *area, vaddr_t at, struct vm_area **upper)
{
	struct vm_area *high;

	assert_rwlock_held(&map->lock);
	debug_assert(at > area->start && at < area->end);
	if (map->nr_areas >= VM_NR_AREAS_MAX)
		return -ENOMEM;
	high = vm_area_create(map, area, at, area->end);
	if (!high)
		return -ENOMEM;
	if (high->object)
		high->object_index += (at - area->start) >> PAGE_SHIFT;
	/*
	 * A truncation must find the upper pages through one of the two areas at any time, so the
	 * upper area is listed before the lower one is cut.
	 */
	vm_object_list_area(high);
	vm_area_set_end(area, at);
	area_link(map, high);
	*upper = high;
	return 0;
}

bool vm_area_continues(const struct vm_area *low, const struct vm_area *high)
{
	if (low->end != high->start || low->protection != high->protection ||
	    ((low->flags ^ high->flags) & ~(u32)VM_COPIED) || low->object != high->object ||
	    low->backing != high->backing)
		return false;
	return !low->object ||
	       low->object_index + ((low->end - low->start) >> PAGE_SHIFT) == high->object_index;
}

/* Merge @high, which continues @low, into @low. */
static void absorb(struct vm_map *map, struct vm_area *low, struct vm_area *high) NO_LOCK_ANALYSIS
{
	vaddr_t end = high->end;
	u64 bytes = end - high->start;

	low->flags |= high->flags & VM_COPIED;
	/*
	 * As in a split: the longer extent is set before the upper area leaves the object's list or
	 * tree.
	 */
	if (low->object) {
		vm_object_lock_settled(high);
		vm_object_resize_area(low, low->start, end, low->object_index);
		spin_unlock(&low->object->lock);
	} else {
		low->end = end;
	}
	vm_area_erase(map, high);
	count(map, low, bytes);
	vm_area_free(high);
}

struct vm_area *vm_area_merge(struct vm_map *map, struct vm_area *area)
{
	struct vm_area *prev = vm_area_prev(area), *next = vm_area_next(area);

	assert_rwlock_held(&map->lock);
	if (next && vm_area_continues(area, next))
		absorb(map, area, next);
	if (prev && vm_area_continues(prev, area)) {
		absorb(map, prev, area);
		area = prev;
	}
	return area;
}

int vm_map_check_covered(struct vm_map *map, vaddr_t start, vaddr_t end)
{
	struct vm_area *area = vm_map_find(map, start);

	while (area && area->start <= start) {
		if (area->end >= end)
			return 0;
		start = area->end;
		area = vm_area_next(area);
	}
	return -ENOMEM;
}

int vm_area_isolate(struct vm_map *map, vaddr_t start, vaddr_t end, struct vm_area **first)
{
	struct vm_area *area, *last, *unused;
	int err = vm_map_check_covered(map, start, end);

	if (err)
		return err;
	area = vm_map_find(map, start);
	if (area->start < start) {
		err = vm_area_split(map, area, start, &area);
		if (err)
			return err;
	}
	last = vm_map_find(map, end - 1);
	if (last->end > end) {
		err = vm_area_split(map, last, end, &unused);
		if (err) {
			vm_area_merge(map, area);
			return err;
		}
	}
	*first = area;
	return 0;
}
