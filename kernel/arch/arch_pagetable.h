/* SPDX-License-Identifier: MIT */
/*
 * Page tables of user address spaces, and the kernel's own mappings.
 *
 * A page-table entry is passed as `struct pte` by value; portable code reads it only through
 * the predicates here. Table pages are allocated on demand from the page allocator and freed by
 * arch_pagetable_free_range / arch_pagetable_destroy. A user entry that is
 * neither none nor present holds a page without any access (PROT_NONE).
 * Unless a function says otherwise, the caller holds the address space's page_table spinlock from
 * the walk to the change.
 */
#pragma once

#include "arch/arch_page.h"
#include "lib/list.h"

enum page_protection {
	PROTECT_READ = 1,
	PROTECT_WRITE = 2,
	PROTECT_EXEC = 4,
	PROTECT_USER = 8,
	PROTECT_UNCACHED = 16,	    /* device registers   */
	PROTECT_WRITE_COMBINE = 32, /* framebuffers, rings */
};

/* The page table of one address space: embedded in struct vm_map. */
struct arch_pagetable {
	paddr_t root;  /* [I] physical address of the top-level table; kernel half shared by all */
	u64 nr_tables; /* [page_table] table pages below the root, for accounting */
	struct list_node tables; /* [page_table] those, upper ones before lower ones */
	u64 nr_steps;		 /* [page_table] upper entries that visits passed, ever */
	/* [page_table] the index of the lowest table used last; ~0: none */
	u64 last_index;
	struct pte *last_table; /* [page_table] that table */
};

/*
 * pte_is_present/writable/none, pte_pfn, pte_make(pfn, protection),
 * pte_with_write/pte_without_write/pte_with_protection/pte_with_pfn, pte_read(ptep)/pte_write(ptep,
 * pte)/pte_clear(ptep) -> old.
 */
#include <arch_inline/pagetable_inline.h>

/* Make an empty user address space that shares the kernel half. Returns 0, -ENOMEM. */
int arch_pagetable_create(struct arch_pagetable *pt) __must_check;
/*
 * Free the tables and the root, but not the pages that they map: unmap those first. If the root is
 * loaded on this CPU, the kernel's is loaded instead.
 */
void arch_pagetable_destroy(struct arch_pagetable *pt);
/*
 * The entry for user address @va. NULL: its table is absent, and @allocate is false or there is no
 * memory.
 */
struct pte *arch_pagetable_walk(struct arch_pagetable *pt, vaddr_t va, bool allocate);
/*
 * For every lowest table that exists within [start, end), call @visit(va of the first entry,
 * entries, count, data); the count entries are contiguous in that table. Stops at a non-zero result
 * and returns it. Cost: the tables that are present, and up to some 1500 upper entries between two
 * calls of @visit. pt->nr_steps counts these, so that callers can bound their work.
 */
int arch_pagetable_visit(struct arch_pagetable *pt, vaddr_t start, vaddr_t end,
			 int (*visit)(vaddr_t va, struct pte *entries, unsigned count, void *data),
			 void *data);
/*
 * Free a bounded number of the tables that lie wholly inside [floor, ceiling), where nothing is
 * mapped. True: there may be more; release the lock for a moment and call again.
 */
bool arch_pagetable_free_range(struct arch_pagetable *pt, vaddr_t floor, vaddr_t ceiling);
/*
 * Load @pt on this CPU (NULL: the kernel's own). Context: preemption off. Cost: one register write,
 * and none when it is loaded already.
 */
void arch_pagetable_activate(struct arch_pagetable *pt);
/*
 * Load another table that exists, because the current thread is about to give up its own. Context:
 * preemption off.
 */
void arch_pagetable_leave(void);

/*
 * Map a page in the kernel's half; @protection without PROTECT_USER. Returns 0, -ENOMEM, -EEXIST.
 * Locks: the caller holds kmap.
 */
int arch_kernel_map(vaddr_t va, paddr_t pa, unsigned protection) __must_check;
/*
 * Unmap one page; returns the physical address that was mapped (0: none). The caller flushes
 * (arch_tlb.h).
 */
paddr_t arch_kernel_unmap(vaddr_t va);
/* Physical address of a symbol in the kernel image. */
paddr_t arch_kernel_image_phys(const void *symbol);
/* The distance of the image from the address that it was linked for. Any context. */
u64 arch_kernel_image_moved(void);
/*
 * Replace the boot page tables: direct map of all RAM; image with W^X and NX. Needs boot_alloc.
 */
struct boot_info;
void arch_kernel_map_init(const struct boot_info *bi);
/* The tables of the kernel's half that came from the page allocator; they are never freed. */
u64 arch_kernel_nr_tables(void);
/* The boot allocator is gone: allocate tables from the page allocator from now on. */
void arch_kernel_map_boot_done(void);
