/* SPDX-License-Identifier: MIT */
/* The steps of a page fault that vm_fault.c, cow.c and vm_fault_fast.c have in common. */
#pragma once

#include "core/trap_table.h"
#include "trace/trace.h"
#include "vm/vm_internal.h"

/* Does @area allow an access with these TRAP_ACCESS_ bits at @va? */
static __always_inline bool vm_access_allowed(const struct vm_area *area, vaddr_t va, u32 access)
{
	if (access & TRAP_ACCESS_WRITE)
		return area->protection & PROTECT_WRITE;
	if (access & TRAP_ACCESS_EXEC) /* of the vDSO not the clock page */
		return (area->protection & PROTECT_EXEC) &&
		       (likely(!(area->flags & VM_VDSO)) || vm_area_index(area, va));
	/* what may be written or executed may also be read: the page tables cannot express less */
	return area->protection != 0;
}

/* A private copy of @page, or NULL; waits for no memory. */
static __always_inline struct page *vm_copy_of(const struct page *page)
{
	bool zeros = page == vm_zero_page;
	unsigned flags = PAGE_USER | PAGE_NOWAIT;
	struct page *copy = page_alloc_one(zeros ? flags | PAGE_ZERO : flags);

	if (unlikely(!copy))
		return NULL;
	if (!zeros)
		arch_copy_page(page_to_virt(copy), page_to_virt(page));
	TRACE(page_copy, 0, page_to_phys(page), page_to_phys(copy));
	return copy;
}

/*
 * Let *@entry, which maps @va, map another page. In between it maps none: else, while a CPU still
 * has the old translation, another could write to the new page what that CPU does not see. cow.c,
 * C4. table_lock held.
 */
static __always_inline void vm_replace_page(struct vm_map *map, vaddr_t va, struct pte *entry,
					    struct pte fresh)
{
	assert_spin_held(&map->table_lock);
	pte_write(entry, (struct pte){0});
	arch_tlb_flush_page(&map->pagetable, va);
	pte_write(entry, fresh);
}

/* The entry of a private page of @area's own: it has the area's rights, and no more. */
static __always_inline struct pte vm_private_pte(const struct vm_area *area,
						 const struct page *page)
{
	/* Nearly always; then the bits are constants. */
	if (likely(area->protection == (PROTECT_READ | PROTECT_WRITE)))
		return pte_make(page_to_pfn(page), PROTECT_READ | PROTECT_WRITE | PROTECT_USER);
	return pte_make(page_to_pfn(page), vm_area_pte_protection(area));
}
