// SPDX-License-Identifier: MIT
/*
 * vm_map.c -- address spaces: creation and destruction, and mapping new areas.
 *
 * Idea.  A map is a tree of areas, which say what may be accessed and what backs it, and a page
 *   table, which shows what has been accessed. mmap only adds an area, or extends a neighbour that
 *   the new mapping continues, so that programs which map in small steps have few areas. Pages are
 *   added by faults (vm_fault.c).
 * Invariants.
 *   M1  Everything present in the page table lies in an area, with no more rights than the area
 *       gives.
 *   M2  Limits (RLIMIT_AS, RLIMIT_DATA, number of areas) are checked before anything changes.
 * Ownership.  users counts processes and kernel users; the last one frees areas, pages, tables and
 *   the map.
 * Locks.  map->lock for areas and counts; table_lock inside it for the page table (truncation, in
 *   vm_object.c, takes table_lock without map->lock).
 * Cost.  mmap and munmap of one page next to an anonymous area: no allocation, two walks up a tree.
 * Tests.  vm_map_test.c, tests/guest/memory.
 * See also.  vm_area.c (the tree), vm_unmap.c, vm_protect.c, vm_move.c, vm_brk.c, vm_fork.c,
 *   vm_advise.c.
 */
#include "trace/trace.h"
#include "lib/refcount.h"
#include "vm/vm_internal.h"

#include "arch/arch_thread.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/thread.h"

static struct slab_cache map_cache; /* [I] */
struct page *vm_zero_page;	    /* [I] after boot */

void vm_init(void)
{
	slab_cache_init(&map_cache, "vm_map", sizeof(struct vm_map), 64);
	vm_area_init();
	vm_object_caches_init();
	vm_zero_page = page_alloc_one(PAGE_KERNEL | PAGE_ZERO);
	if (!vm_zero_page)
		panic("no memory for the zero page");
}

int vm_map_create(struct vm_map **out)
{
	struct vm_map *map = slab_alloc(&map_cache, PAGE_ZERO);
	int err;

	if (!map)
		return -ENOMEM;
	err = arch_pagetable_create(&map->pagetable);
	if (err) {
		slab_free(&map_cache, map);
		return err;
	}
	rwlock_init(&map->lock, vm_map);
	spin_lock_init(&map->table_lock, page_table);
	map->mmap_top = align_down(USER_TOP - MIB(64), PAGE_SIZE);
	map->stack_top = USER_TOP;
	map->stack_limit_bytes = MIB(8);
	map->address_limit_bytes = ~0UL;
	map->data_limit_bytes = ~0UL;
	map->lock_limit_bytes = ~0UL;
	refcount_init(&map->users, 1);
	*out = map;
	return 0;
}

void vm_map_set_layout(struct vm_map *map, vaddr_t mmap_top, vaddr_t stack_top,
		       u64 stack_limit_bytes)
{
	rwlock_write_lock(&map->lock);
	map->mmap_top = align_down(mmap_top, PAGE_SIZE);
	map->stack_top = stack_top;
	map->stack_limit_bytes = stack_limit_bytes;
	rwlock_write_unlock(&map->lock);
}

void vm_map_activate(struct vm_map *map)
{
	struct thread *me = current_thread();

	preempt_disable();
	me->vm = map;
	me->pagetable = map ? &map->pagetable : NULL;
	if (map)
		arch_pagetable_activate(me->pagetable);
	else
		arch_pagetable_leave();
	preempt_enable();
}

void vm_map_get(struct vm_map *map)
{
	refcount_get(&map->users);
}

void vm_map_put(struct vm_map *map)
{
	struct vm_backing *executable;

	if (!refcount_put(&map->users))
		return;
	vm_map_clear(map);
	executable = map->executable;
	if (executable && executable->put)
		executable->put(executable);
	arch_pagetable_destroy(&map->pagetable);
	slab_free(&map_cache, map);
}

bool vm_range_check(vaddr_t start, u64 len_bytes, vaddr_t *end)
{
	if (!is_aligned(start, PAGE_SIZE) || len_bytes > USER_TOP || start > USER_TOP - len_bytes)
		return false;
	*end = start + align_up(len_bytes, PAGE_SIZE);
	return *end <= USER_TOP;
}

/*
 * Does one mapping need more than all memory? It is refused at once, as by Linux's heuristic
 * overcommit.
 */
static bool exceeds_memory(u64 bytes, u32 protection, u32 area_flags)
{
	static u64 total_pages; /* [a] computed once: racing writers store the same value */

	if (bytes < MIB(8) || (area_flags & VM_NORESERVE) || !(protection & PROTECT_WRITE))
		return false;
	if (!READ_ONCE(total_pages)) {
		struct page_counts counts;

		page_alloc_counts(&counts);
		WRITE_ONCE(total_pages, counts.total);
	}
	return bytes >> PAGE_SHIFT > READ_ONCE(total_pages);
}

int vm_map_check_limits(const struct vm_map *map, u64 bytes, u32 protection, u32 area_flags)
{
	assert_rwlock_held(&map->lock);
	if (bytes > map->address_limit_bytes ||
	    map->nr_mapped_bytes > map->address_limit_bytes - bytes)
		return -ENOMEM;
	if ((area_flags & VM_LOCKED) &&
	    (bytes > map->lock_limit_bytes || map->nr_locked_bytes > map->lock_limit_bytes - bytes))
		return -EAGAIN;
	if (area_flags & VM_SHARED)
		return 0;
	if ((protection & PROTECT_WRITE) && !(area_flags & VM_STACK) &&
	    (bytes > map->data_limit_bytes || map->nr_data_bytes > map->data_limit_bytes - bytes))
		return -ENOMEM;
	return exceeds_memory(bytes, protection, area_flags) ? -ENOMEM : 0;
}

/* Choose the address of the request; with VM_MAP_FIXED, unmap what is there. */
static int choose_place(struct vm_map *map, const struct vm_map_request *request, u64 len,
			vaddr_t *out) REQUIRES(map->lock)
{
	vaddr_t hint = align_down(request->hint, PAGE_SIZE), top = map->mmap_top;
	struct vm_area *area;

	if (request->flags & (VM_MAP_FIXED | VM_MAP_NOREPLACE)) {
		*out = request->hint;
		if (!is_aligned(request->hint, PAGE_SIZE))
			return -EINVAL;
		if (len > USER_TOP || request->hint > USER_TOP - len)
			return -ENOMEM;
		if (request->hint < VM_USER_MIN)
			return -EPERM;
		area = vm_map_find_first(map, request->hint);
		if (!area || area->start >= request->hint + len)
			return 0;
		if (request->flags & VM_MAP_NOREPLACE)
			return -EEXIST;
		return vm_map_remove_locked(map, request->hint, request->hint + len);
	}
	if (request->flags & VM_MAP_LOW)
		top = GIB(2);
	if (hint) {
		hint = max(hint, VM_USER_MIN);
		if (len <= USER_TOP && hint <= USER_TOP - len &&
		    (top > GIB(2) || hint <= GIB(2) - len)) {
			area = vm_map_find_first(map, hint);
			*out = hint;
			if (!area || hint + len <= area->start)
				return 0;
		}
	}
	if (vm_map_find_gap(map, len, top, out))
		return 0;
	return !(request->flags & VM_MAP_LOW) && vm_map_find_gap(map, len, USER_TOP, out) ? 0
											  : -ENOMEM;
}

/* If @model, at [start, end), continues a neighbour, extend that and return it; else NULL. */
static struct vm_area *extend_neighbour(struct vm_map *map, struct vm_area *model)
	REQUIRES(map->lock)
{
	struct vm_area *next, *prev;

	if (model->flags & VM_STACK)
		return NULL;
	next = vm_map_find_first(map, model->start);
	prev = next ? vm_area_prev(next) : vm_area_of(rb_last(&map->areas));
	if (prev && vm_area_continues(prev, model)) {
		vm_area_set_end(prev, model->end);
		return next ? vm_area_merge(map, prev) : prev;
	}
	if (next && vm_area_continues(model, next)) {
		vm_area_set_start(next, model->start);
		return next;
	}
	return NULL;
}

static int add_locked(struct vm_map *map, const struct vm_map_request *request, u64 len,
		      vaddr_t *out) REQUIRES(map->lock)
{
	struct vm_area model = {
		.protection = request->protection,
		.flags = request->area_flags | map->future_flags,
		.object = request->object,
		.object_index = request->object_index,
		.backing = request->backing,
	};
	struct vm_area *area;
	int err;

	if (map->nr_areas >= VM_NR_AREAS_MAX)
		return -ENOMEM;
	err = vm_map_check_limits(map, len, model.protection, model.flags); /* M2 */
	if (err)
		return err;
	err = choose_place(map, request, len, &model.start);
	if (err)
		return err;
	model.end = model.start + len;
	area = extend_neighbour(map, &model);
	if (!area) {
		area = vm_area_create(map, &model, model.start, model.end);
		if (!area)
			return -ENOMEM;
		vm_area_insert(map, area);
	}
	map->last_found = area;
	*out = model.start;
	return 0;
}

int vm_map_add(struct vm_map *map, const struct vm_map_request *request, vaddr_t *out)
{
	struct vm_map_request shared;
	u64 len = align_up(request->len_bytes, PAGE_SIZE);
	bool populate;
	int err;

	if (!request->len_bytes)
		return -EINVAL;
	if (len < request->len_bytes || len > USER_TOP)
		return -ENOMEM;
	shared = *request;
	if ((request->area_flags & VM_SHARED) && !request->object) {
		if (exceeds_memory(len, PROTECT_WRITE, request->area_flags))
			return -ENOMEM;
		err = vm_object_create_anonymous(len, &shared.object);
		if (err)
			return err;
	}
	rwlock_write_lock(&map->lock);
	err = add_locked(map, &shared, len, out);
	populate = (request->flags & VM_MAP_POPULATE) ||
		   ((request->area_flags | map->future_flags) & VM_LOCKED);
	rwlock_write_unlock(&map->lock);
	if (!err)
		TRACE(memory_allocate, 0, *out, len, request->protection);
	if (shared.object != request->object)
		vm_object_put(shared.object);
	if (!err && populate)
		ignore_result(vm_fault_in(map, *out, len,
					  (request->protection & PROTECT_WRITE) != 0),
			      "mmap succeeds even when not all pages could be filled in");
	return err;
}
