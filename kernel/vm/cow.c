// SPDX-License-Identifier: MIT
/*
 * cow.c -- copy on write: private pages that several address spaces share until one writes.
 *
 * Idea.  After fork both maps show the same pages, read-only. The first writer gets a copy of its
 *   own; the last one left only gets its write permission back. A private mapping of a file shows
 *   the file's own pages in the same way.
 * Invariants.
 *   C1  A private page that is mapped writable has one reference: that mapping.
 *   C2  A page that belongs to an object, and the zero page, have a reference besides those of
 *       mappings, so no private mapping ever writes to them.
 *   C3  The old page is put only after no TLB holds a translation to it at this address.
 *   C4  The copy is mapped only after that, too: threads see one and the same page, whichever CPU
 *       they run on.
 * Locks.  map->lock is held; only its holder changes entries of anonymous areas. Truncation may zap
 *   an entry of an area with an object meanwhile, so such an entry is checked again under
 *   table_lock.
 * Cost.  One reference: one entry changed, one translation flushed. More: a page and a copy of 4
 *   KiB.
 * Tests.  vm_map_test.c, tests/guest/memory.
 */
#include "vm/vm_fault_steps.h"
#include "vm/vm_object_areas.h"

static inline bool pte_is_same_page(struct pte a, struct pte b)
{
	return !pte_is_none(a) && pte_pfn(a) == pte_pfn(b);
}

int cow_break(struct vm_map *map, struct vm_area *area, vaddr_t va, struct pte *entry,
	      struct pte old)
{
	struct page *page = pfn_to_page(pte_pfn(old)), *copy;
	struct pte fresh;

	assert_spin_held(&map->table_lock);
	if (page_refs(page) == 1) { /* C1: a new reference could only come through this map */
		if (area->protection & PROTECT_WRITE) {
			pte_write(entry, pte_with_write(old));
			arch_tlb_flush_page(&map->pagetable, va);
		}
		spin_unlock(&map->table_lock);
		return 0;
	}
	if (area->object)
		page_get(page); /* truncation may remove it from the file and from this map */
	spin_unlock(&map->table_lock);
	copy = vm_copy_of(page);
	if (!copy)
		goto out_no_memory;
	spin_lock(&map->table_lock);
	if (area->object && !pte_is_same_page(pte_read(entry), old))
		goto out_gone;
	map->resident_file_pages -= page->kind == PAGE_KIND_FILE;
	fresh = pte_with_pfn(old, page_to_pfn(copy));
	vm_replace_page(map, va, entry,
			area->protection & PROTECT_WRITE ? pte_with_write(fresh) : fresh);
	spin_unlock(&map->table_lock);
	if (area->object) {
		area->flags |= VM_COPIED;
		page_put(page);
	}
	page_put(page); /* C3: the mapping's reference */
	return 0;

out_gone: /* zapped meanwhile: the instruction faults again and finds out */
	spin_unlock(&map->table_lock);
	page_put(copy);
	page_put(page);
	return 0;
out_no_memory:
	if (area->object)
		page_put(page);
	return -ENOMEM;
}

/* Map *@copy at @va, where nothing is mapped; the mapping takes its reference. 0, -ENOMEM. */
static int map_copy(struct vm_map *map, struct vm_area *area, vaddr_t va, struct page **copy)
{
	struct pte *entry;

	spin_lock(&map->table_lock);
	entry = arch_pagetable_walk(&map->pagetable, va, true);
	if (entry) {
		/* A debugger's forced write adds no rights. */
		pte_write(entry, vm_private_pte(area, *copy));
		vm_count_mapped(map, *copy);
	}
	spin_unlock(&map->table_lock);
	if (!entry)
		return -ENOMEM;
	*copy = NULL;
	area->flags |= VM_COPIED;
	return 0;
}

int cow_map_copy(struct vm_map *map, struct vm_area *area, vaddr_t va, struct page *source)
{
	struct vm_object *object = area->object;
	struct page *copy = vm_copy_of(source);
	u64 index = vm_area_index(area, va);
	int err = 0;

	if (copy) {
		spin_lock(&object->lock);
		if (radix_find(&object->pages, index) == source && /* F1 */
		    !vm_object_is_going(object, index))
			err = map_copy(map, area, va, &copy);
		spin_unlock(&object->lock);
	} else {
		err = -ENOMEM;
	}
	if (copy)
		page_put(copy);
	page_put(source);
	return err;
}
