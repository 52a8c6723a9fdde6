/* SPDX-License-Identifier: MIT */
/*
 * Page tables of user address spaces, the kernel's own mappings, and the TLBs.
 *
 * A page-table entry is passed as `struct pte` by value; portable code reads it only through the
 * body's functions. Table pages are allocated on demand from the page allocator and freed by
 * arch_pagetable_free_range / arch_pagetable_destroy. A user entry that is neither none nor present
 * holds a page without any access (PROT_NONE). Unless a function says otherwise, the caller holds
 * the address space's page_table spinlock from the walk to the change.
 */
#pragma once

#include "arch/arch_page.h"
#include "lib/compiler.h"

/*
 * The body defines struct arch_pagetable, the page table of one address space (embedded in struct
 * vm_map), with nr_tables: the table pages below the root; nr_steps: the upper entries that visits
 * passed, ever; and struct pte; pte_read(ptep), pte_write(ptep, pte), pte_clear(ptep), which
 * returns the old entry; pte_is_none, _present, _writable(pte); pte_pfn(pte); pte_make(pfn,
 * protection); and pte_with_write, _without_write(pte), pte_with_protection(pte, protection),
 * _with_pfn(pte, pfn).
 */
#include <arch_inline/pagetable_inline.h>

/* Make an empty user address space that shares the kernel half. Returns 0, -ENOMEM. */
int arch_pagetable_create(struct arch_pagetable *pt) __must_check;
/*
 * Free the tables and the root, but not the pages that they map: unmap those first. If the root is
 * loaded on this CPU, the kernel's is loaded instead.
 */
void arch_pagetable_destroy(struct arch_pagetable *pt);
/* The entry for user address @va. NULL: no table, and @allocate is false or there is no memory. */
struct pte *arch_pagetable_walk(struct arch_pagetable *pt, vaddr_t va, bool allocate);
/*
 * For every lowest table that exists within [start, end), call @visit(va of the first entry,
 * entries, count, data); the count entries are contiguous. Stops at a non-zero result and returns
 * it. Cost: the tables that are present, and the upper entries in between (pt->nr_steps).
 */
int arch_pagetable_visit(struct arch_pagetable *pt, vaddr_t start, vaddr_t end,
			 int (*visit)(vaddr_t va, struct pte *entries, unsigned count, void *data),
			 void *data);
/*
 * Free a bounded number of the tables that lie wholly inside [floor, ceiling), where nothing is
 * mapped. True: there may be more; release the lock for a moment and call again.
 */
bool arch_pagetable_free_range(struct arch_pagetable *pt, vaddr_t floor, vaddr_t ceiling);
/* Load @pt on this CPU (NULL: the kernel's own), unless it is loaded. Context: preemption off. */
void arch_pagetable_activate(struct arch_pagetable *pt);
/* Load another table, because the current thread gives up its own. Context: preemption off. */
void arch_pagetable_leave(void);

/*
 * Forget translations in the TLBs, of this CPU and of every other that may hold them: one user page
 * of @pt, or a range, or all for large ranges. Context: task, or with page_table held.
 */
void arch_tlb_flush_page(struct arch_pagetable *pt, vaddr_t va);
void arch_tlb_flush_range(struct arch_pagetable *pt, vaddr_t start, vaddr_t end);
/*
 * The same of kernel addresses: @nr ranges of @nr_pages, which begin at @starts. The other CPUs are
 * asked once for all of them.
 */
void arch_tlb_flush_kernel(const vaddr_t *starts, unsigned nr, u64 nr_pages);

/* Map a page in the kernel's half. Returns 0, -ENOMEM, -EEXIST. Locks: the caller holds kmap. */
int arch_kernel_map(vaddr_t va, paddr_t pa, unsigned protection) __must_check;
/* Unmap one page; returns the physical address that was mapped (0: none). The caller flushes. */
paddr_t arch_kernel_unmap(vaddr_t va);
/* The distance of the image from the address that it was linked for. Any context. */
u64 arch_kernel_image_moved(void);
/* Replace the boot page tables: direct map of all RAM; image with W^X and NX. Needs boot_alloc. */
struct boot_info;
void arch_kernel_map_init(const struct boot_info *bi);
/* The tables of the kernel's half that came from the page allocator; they are never freed. */
u64 arch_kernel_nr_tables(void);
