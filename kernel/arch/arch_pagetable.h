/* SPDX-License-Identifier: MIT */
/*
 * Page tables of user address spaces, and the kernel's own mappings.
 *
 * A page-table entry is handed around as `struct pte` by value; portable code reads it only through
 * the predicates here. Table pages are allocated on demand from the frame allocator and freed with
 * arch_pagetable_free_range / arch_pagetable_destroy. A user entry that is
 * neither none nor present holds a frame without any access (PROT_NONE).
 * The caller holds the address space's page_table spinlock around walk-and-change, unless it says
 * otherwise.
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
	struct list_node tables; /* [page_table] these, upper ones before lower ones */
	u64 nr_steps;		 /* [page_table] upper entries that visits went over, ever */
	u64 last_index;		 /* [page_table] which lowest table was used last; ~0: none */
	struct pte *last_table;	 /* [page_table] that table */
};

/* pte_is_present/writable/dirty/accessed/exec/none, pte_pfn, pte_make(pfn, protection),
 * pte_with_write/pte_without_write/pte_with_protection, pte_read(ptep)/pte_write(ptep,
 * pte)/pte_clear(ptep) -> old.
 */
#include "arch/x86/inline/pagetable_inline.h"

/* Make an empty user address space that shares the kernel half. Returns 0, -ENOMEM. */
int arch_pagetable_create(struct arch_pagetable *pt) __must_check;
/*
 * Free the table pages (not the frames they map: unmap those first) and the root. Not the active
 * one.
 */
void arch_pagetable_destroy(struct arch_pagetable *pt);
/*
 * The entry for user address @va: NULL when its table is absent and (@allocate false or no memory).
 */
struct pte *arch_pagetable_walk(struct arch_pagetable *pt, vaddr_t va, bool allocate);
/*
 * For every table that exists within [start, end): call @visit(first entry's va, entries, count,
 * data); count entries lie contiguous in one table. Stops at a non-zero result and returns it.
 * Cost: the tables that are present; up to some 1500 entries of upper ones lie between two calls
 * of @visit. pt->nr_steps counts these, for who bounds his work.
 */
int arch_pagetable_visit(struct arch_pagetable *pt, vaddr_t start, vaddr_t end,
			 int (*visit)(vaddr_t va, struct pte *entries, unsigned count, void *data),
			 void *data);
/*
 * Free table pages that lie wholly inside [floor, ceiling), where nothing is mapped: some of them.
 * True: there may be more, so call again, best after the lock has been free for a moment.
 */
bool arch_pagetable_free_range(struct arch_pagetable *pt, vaddr_t floor, vaddr_t ceiling);
/*
 * Load @pt on this CPU (NULL: the kernel's own). Context: preemption off. Cost: one register write,
 * and none when it is loaded already.
 */
void arch_pagetable_activate(struct arch_pagetable *pt);
/*
 * Load some other that exists: the current thread is about to give up its own. Context: preemption
 * off.
 */
void arch_pagetable_leave(void);

/*
 * The kernel's own half. @protection without PROTECT_USER. Returns 0, -ENOMEM, -EEXIST. Locks: kmap
 * held by the caller.
 */
int arch_kernel_map(vaddr_t va, paddr_t pa, unsigned protection) __must_check;
/*
 * Unmap one page; returns the physical address that was mapped (0: none). The caller flushes
 * (arch_tlb.h).
 */
paddr_t arch_kernel_unmap(vaddr_t va);
/* Physical address of a symbol in the kernel image. */
paddr_t arch_kernel_image_phys(const void *symbol);
/* How far the image lies from where it was linked for. Any context. */
u64 arch_kernel_image_moved(void);
/*
 * Take over from the boot page tables: direct map of all RAM, image W^X and NX. Needs boot_alloc.
 */
struct boot_info;
void arch_kernel_map_init(const struct boot_info *bi);
/* Tables of the kernel's half that the frame allocator gave: they are never given back. */
u64 arch_kernel_nr_tables(void);
/* The boot allocator has ended: tables come from the frame allocator now. */
void arch_kernel_map_boot_done(void);
