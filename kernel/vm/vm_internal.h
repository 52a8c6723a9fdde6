/* SPDX-License-Identifier: MIT */
/*
 * What the files of vm/ share: areas and their tree, zapping of pages, resolving single faults.
 * Private to vm/. map->lock is held to write in all functions, except where the comment, or
 * REQUIRES_SHARED, says otherwise.
 */
#pragma once

#include "arch/arch_pagetable.h"
#include "core/assert.h"
#include "mm/page_alloc.h"
#include "vm/vm_fault.h"
#include "vm/vm_map.h"

#include <linux/errno.h>

#define VM_STACK_GUARD_BYTES (256 * PAGE_SIZE) /* no mapping is placed so close below a stack */
#define VM_NR_AREAS_MAX 65530		       /* as Linux's vm.max_map_count */
#define VM_USER_MIN USER_BASE_MIN
#define VM_BATCH_ENTRIES 256 /* entries visited before table_lock is released for a moment */

#define vm_area_of(rb) rb_entry_or_null(rb, struct vm_area, node)

static inline struct vm_area *vm_area_next(const struct vm_area *area)
{
	return vm_area_of(rb_next(&area->node));
}
static inline struct vm_area *vm_area_prev(const struct vm_area *area)
{
	return vm_area_of(rb_prev(&area->node));
}
static inline struct vm_area *vm_area_first(const struct vm_map *map)
{
	return vm_area_of(rb_first(&map->areas));
}
static inline u64 vm_area_index(const struct vm_area *area, vaddr_t va)
{
	return area->object_index + ((va - area->start) >> PAGE_SHIFT);
}
/* The most rights an entry of @area has: what may be written or executed may be read. */
static inline u32 vm_area_pte_protection(const struct vm_area *area)
{
	return area->protection ? area->protection | PROTECT_READ | PROTECT_USER : 0;
}

/* vm_map_find() that tries the area found last inline. */
static inline struct vm_area *vm_fault_find_area(struct vm_map *map, vaddr_t va)
	REQUIRES_SHARED(map->lock)
{
	struct vm_area *area = READ_ONCE(map->last_found);

	if (likely(area && va >= area->start && va < area->end))
		return area;
	return vm_map_find(map, va);
}

/* Boot: the caches of vm_area.c and vm_object.c. */
void vm_area_init(void);
void vm_object_caches_init(void);

/* vm_area.c: one area, and the tree of all areas. */
/* Create an area for [start, end), in no tree, with @model's attributes. NULL: no memory. */
struct vm_area *vm_area_create(struct vm_map *map, const struct vm_area *model, vaddr_t start,
			       vaddr_t end);
/* Drop the references and free @area, which is in no tree. May sleep. */
void vm_area_free(struct vm_area *area);
/* Insert into / remove from the map's tree, the object's areas and the map's counts. */
void vm_area_insert(struct vm_map *map, struct vm_area *area);
void vm_area_erase(struct vm_map *map, struct vm_area *area) REQUIRES(map->lock);
/* Copy all areas of @from to @to, which is empty, without VM_LOCKED. -ENOMEM, -EINTR: only some. */
int vm_area_clone_all(struct vm_map *from, struct vm_map *to) REQUIRES(from->lock) __must_check;
/* Take some area out of tree and counts, or NULL: empties the map without balancing the tree. */
struct vm_area *vm_area_pop(struct vm_map *map) REQUIRES(map->lock);
/* Move an edge; pages outside have been zapped already. */
void vm_area_set_start(struct vm_area *area, vaddr_t start);
void vm_area_set_end(struct vm_area *area, vaddr_t end);
/* Split @area in two at @at; *@upper is the new area above. 0, -ENOMEM. */
int vm_area_split(struct vm_map *map, struct vm_area *area, vaddr_t at, struct vm_area **upper)
	REQUIRES(map->lock) __must_check;
/* Merge @area with its neighbours where they continue each other. Returns the resulting area. */
struct vm_area *vm_area_merge(struct vm_map *map, struct vm_area *area) REQUIRES(map->lock);
/* Can @low and @high be one area: do they touch, with equal attributes and consecutive contents? */
bool vm_area_continues(const struct vm_area *low, const struct vm_area *high);
/* Change protection and flags, and the counts that depend on them. */
void vm_area_set_attributes(struct vm_map *map, struct vm_area *area, u32 protection, u32 flags)
	REQUIRES(map->lock);
/* Split areas at @start and @end; *@first is the first area of the range. -ENOMEM when the range
 * has a hole, or no memory: then at most a split has been made. */
int vm_area_isolate(struct vm_map *map, vaddr_t start, vaddr_t end, struct vm_area **first)
	REQUIRES(map->lock) __must_check;
/* 0, or -ENOMEM when [start, end) has a hole. */
int vm_map_check_covered(struct vm_map *map, vaddr_t start, vaddr_t end) REQUIRES_SHARED(map->lock)
	__must_check;
/* Find the highest free place of @len_bytes that ends at or below @top: true and *@out. */
bool vm_map_find_gap(struct vm_map *map, u64 len_bytes, vaddr_t top, vaddr_t *out)
	REQUIRES(map->lock);

/* vm_map.c: may a mapping of @bytes be added? 0, -ENOMEM, -EAGAIN (locked memory). */
int vm_map_check_limits(const struct vm_map *map, u64 bytes, u32 protection, u32 area_flags)
	REQUIRES(map->lock) __must_check;
/* Are the arguments of a call page aligned and in user space? *@end is the end, rounded up. */
bool vm_range_check(vaddr_t start, u64 len_bytes, vaddr_t *end);

/* vm_unmap.c: unmap all pages in [start, end) of @area. */
void vm_zap(struct vm_map *map, struct vm_area *area, vaddr_t start, vaddr_t end)
	REQUIRES(map->lock);
/* vm_map_remove() without lock and checks. 0, -ENOMEM, -EINTR (killed: only partly done). */
int vm_map_remove_locked(struct vm_map *map, vaddr_t start, vaddr_t end) REQUIRES(map->lock)
	__must_check;

/* vm_fault.c */
#define VM_FAULT_WRITE 1U
#define VM_FAULT_FORCE 2U   /* a debugger's: ignores the area's protection if the area is private */
#define VM_FAULT_PRESENT 4U /* the CPU says that a page is mapped there */
/* Make the page of @va in @area present (and writable with VM_FAULT_WRITE). The caller has checked
 * permissions. 0, -ENOMEM (waits for no memory), -EFAULT (beyond the object), or the errors of the
 * object's fill. */
int vm_fault_resolve(struct vm_map *map, struct vm_area *area, vaddr_t va, u32 fault_flags)
	REQUIRES(map->lock) __must_check;
/* Grow a stack's area down to @va if a fault there calls for it. NULL: it does not. */
struct vm_area *vm_stack_grow(struct vm_map *map, vaddr_t va) REQUIRES(map->lock);

/* Map the page of @va and its neighbours for reading, as far as @area's object has them, and count
 * @nr_faults. map->lock held, at least to read; takes table_lock. False: nothing has changed, and
 * vm_fault_resolve() must be called. */
bool vm_fault_around(struct vm_map *map, struct vm_area *area, vaddr_t va, unsigned nr_faults);

/* cow.c */
/* *@entry holds @old, which maps @va read-only in a private area: give the map a page of its own.
 * Called with table_lock held, returns without it. 0, -ENOMEM. */
int cow_break(struct vm_map *map, struct vm_area *area, vaddr_t va, struct pte *entry,
	      struct pte old) RELEASES(map->table_lock) __must_check;
/* Map a private copy of @source, the object's page at @va, where nothing is mapped; puts @source. 0
 * (also when the object has lost the page: retry), -ENOMEM. */
int cow_map_copy(struct vm_map *map, struct vm_area *area, vaddr_t va, struct page *source)
	REQUIRES(map->lock) __must_check;

/* Count a page that has just been mapped. */
static inline void vm_count_mapped(struct vm_map *map, const struct page *page)
	REQUIRES(map->table_lock)
{
	assert_spin_held(&map->table_lock);
	if (page->kind == PAGE_KIND_FILE)
		map->resident_file_pages++;
	if (++map->resident_pages > map->peak_resident_pages)
		map->peak_resident_pages = map->resident_pages;
}

/* The zero page, which reads of untouched anonymous memory see; one reference is never put. */
extern struct page *vm_zero_page; /* [I] after boot */
