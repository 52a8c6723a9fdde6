/* SPDX-License-Identifier: MIT */
/*
 * What the files of vm/ share: areas and their tree, zapping of pages, resolving of single
 * faults. Not for others. All functions are called with map->lock held unless they say otherwise.
 */
#pragma once

#include "arch/arch_tlb.h"
#include "core/assert.h"
#include "mm/page_alloc.h"
#include "vm/vm_fault.h"
#include "vm/vm_map.h"

#include <linux/errno.h>

#define VM_STACK_GUARD_BYTES (256 * PAGE_SIZE) /* nothing is placed so close below a stack */
#define VM_NR_AREAS_MAX 65530		       /* as Linux' vm.max_map_count               */
#define VM_USER_MIN USER_BASE_MIN
#define VM_BATCH_ENTRIES 256 /* entries looked at before table_lock is dropped for a moment */

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
/* What a page-table entry of @area allows at most: what may be written or executed may be read. */
static inline u32 vm_area_pte_protection(const struct vm_area *area)
{
	return area->protection ? area->protection | PROTECT_READ | PROTECT_USER : 0;
}

/* vm_map_find_from, but for a vDSO that is not in the tree (vm_vdso.c). */
struct vm_area *vm_map_look_up(struct vm_map *map, vaddr_t va) REQUIRES(map->lock);
/* vm_map_find, with the area that was found last looked at first, in place. */
static inline struct vm_area *vm_map_find_again(struct vm_map *map, vaddr_t va) REQUIRES(map->lock)
{
	struct vm_area *area = map->last_found;

	if (likely(area && va >= area->start && va < area->end))
		return area;
	area = vm_map_look_up(map, va);
	return likely(area && va >= area->start) ? area : vm_map_find(map, va);
}

/* Boot: the caches of vm_area.c and vm_object.c. */
void vm_area_init(void);
void vm_object_caches_init(void);

/* vm_area.c: one area, and the tree of all. */
/* A copy of @model's attributes (with references) for [start, end), in no tree. NULL: no memory. */
struct vm_area *vm_area_create(struct vm_map *map, const struct vm_area *model, vaddr_t start,
			       vaddr_t end);
/* Drop the references and free @area, which is in no tree. May sleep. */
void vm_area_free(struct vm_area *area);
/* Into / out of the map's tree, the object's and the map's counts. */
void vm_area_insert(struct vm_map *map, struct vm_area *area);
void vm_area_erase(struct vm_map *map, struct vm_area *area);
/* Give @to, empty, all areas of @from (unlocked ones) as they are. -ENOMEM, -EINTR: only some. */
int vm_area_clone_all(struct vm_map *from, struct vm_map *to) REQUIRES(from->lock) __must_check;
/* Some area out of tree and counts, or NULL: for emptying the map, the tree loses its balance. */
struct vm_area *vm_area_pop(struct vm_map *map);
/* Move an edge; pages outside have been zapped. */
void vm_area_set_start(struct vm_area *area, vaddr_t start);
void vm_area_set_end(struct vm_area *area, vaddr_t end);
/* Cut @area in two at @at; *@upper is the new one above. 0, -ENOMEM. */
int vm_area_split(struct vm_map *map, struct vm_area *area, vaddr_t at, struct vm_area **upper)
	__must_check;
/* Join @area with its neighbours where they continue each other. Returns what holds it now. */
struct vm_area *vm_area_merge(struct vm_map *map, struct vm_area *area);
/* May @low and @high, which touch, be one area? */
bool vm_area_continues(const struct vm_area *low, const struct vm_area *high);
/* Change protection and flags and the counts that depend on them. */
void vm_area_set_attributes(struct vm_map *map, struct vm_area *area, u32 protection, u32 flags);
/* Split so that an area begins at @start and one ends at @end; *@first is the first of those
 * within. The range has areas all over (-ENOMEM otherwise, with nothing changed but splits). */
int vm_area_isolate(struct vm_map *map, vaddr_t start, vaddr_t end, struct vm_area **first)
	REQUIRES(map->lock) __must_check;
/* -ENOMEM when [start, end) has a hole. */
int vm_map_check_covered(struct vm_map *map, vaddr_t start, vaddr_t end) REQUIRES(map->lock)
	__must_check;
/* The highest free place of @len_bytes that ends at or below @top: true and *@out. */
bool vm_map_find_gap(struct vm_map *map, u64 len_bytes, vaddr_t top, vaddr_t *out);

/* vm_map.c */
/* May @bytes more of such a mapping come? 0, -ENOMEM. */
int vm_map_check_limits(const struct vm_map *map, u64 bytes, u32 protection, u32 area_flags)
	__must_check;
/* @start, @len_bytes of a call: page aligned and in user space? *@end is the end, rounded up. */
bool vm_range_check(vaddr_t start, u64 len_bytes, vaddr_t *end);

/* vm_unmap.c */
/* Take all pages out of [start, end) of @area. */
void vm_zap(struct vm_map *map, struct vm_area *area, vaddr_t start, vaddr_t end);
/* vm_map_remove without lock and checks. 0, -ENOMEM, -EINTR (killed: only some of it is done). */
int vm_map_remove_locked(struct vm_map *map, vaddr_t start, vaddr_t end) REQUIRES(map->lock)
	__must_check;

/* vm_fault.c */
#define VM_FAULT_WRITE 1U
#define VM_FAULT_FORCE 2U /* a debugger's: regardless of the area's protection, if it is private */
#define VM_FAULT_PRESENT 4U /* the CPU says that something is mapped there */
/* Make the page of @va in @area present (and writable with VM_FAULT_WRITE). Permissions have been
 * checked. 0, -ENOMEM, -EFAULT (beyond the object), the object's fill errors. */
int vm_fault_resolve(struct vm_map *map, struct vm_area *area, vaddr_t va, u32 how) __must_check;
/* Grow a stack's area down to @va if that is what a fault there means. NULL: it isn't. */
struct vm_area *vm_stack_grow(struct vm_map *map, vaddr_t va) REQUIRES(map->lock);

/* Map the page of @va, and its neighbours, for reading, as far as @area's object has them.
 * object->lock held. False: nothing changed, vm_fault_resolve would know why. */
bool vm_map_around(struct vm_map *map, struct vm_area *area, vaddr_t va);

void vm_fault_fast_init(void);

/* cow.c */
/* @old is what *@entry of @va holds, not writable, the area private: give the map a page of its
 * own. Called with table_lock held, returns without it. 0, -ENOMEM. */
int cow_break(struct vm_map *map, struct vm_area *area, vaddr_t va, struct pte *entry,
	      struct pte old) RELEASES(map->table_lock) __must_check;
/* Map a private copy of @source, the object's page at @va, where nothing is mapped; drops its
 * reference. 0 (also when the object has lost the page: try again), -ENOMEM. */
int cow_map_copy(struct vm_map *map, struct vm_area *area, vaddr_t va, struct page *source)
	__must_check;

/* Count a page that has just been mapped. table_lock held. */
static inline void vm_count_mapped(struct vm_map *map, const struct page *page)
{
	if (page->kind == PAGE_KIND_FILE)
		map->resident_file_pages++;
	if (++map->resident_pages > map->peak_resident_pages)
		map->peak_resident_pages = map->resident_pages;
}

/* The frame of zeros that reads of untouched anonymous memory see; one reference is kept. */
extern struct page *vm_zero_page; /* [I] after boot */
