/* SPDX-License-Identifier: MIT */
/* x86-64 page-table entries (SDM 3A 4.5). */
#pragma once

#include "lib/compiler.h"
#include "lib/list.h"

#define X86_PTE_PRESENT (1UL << 0)
#define X86_PTE_WRITE (1UL << 1)
#define X86_PTE_USER (1UL << 2)
#define X86_PTE_WRITE_THROUGH (1UL << 3)
#define X86_PTE_UNCACHED (1UL << 4)
#define X86_PTE_ACCESSED (1UL << 5)
#define X86_PTE_DIRTY (1UL << 6)
#define X86_PTE_LARGE (1UL << 7)
#define X86_PTE_GLOBAL (1UL << 8)
#define X86_PTE_NO_EXEC (1UL << 63)
#define X86_PTE_ADDRESS 0x000ffffffffff000UL

/*
 * All ones in bit 63 when the CPU has no-execute and it is on, else 0 (the bit would be reserved).
 * Set at boot.
 */
extern u64 x86_pte_no_exec;

/* The page table of one address space. */
struct arch_pagetable {
	paddr_t root; /* [I] physical address of the top-level table; kernel half shared by all */
	/* [page_table] the index of the lowest table used last; ~0: none */
	u64 last_index;
	struct pte *last_table;	 /* [page_table] that table */
	u64 nr_tables;		 /* [page_table] table pages below the root, for accounting */
	struct list_node tables; /* [page_table] those, upper ones before lower ones */
	u64 nr_steps;		 /* [page_table] upper entries that visits passed, ever */
	bool ends;		 /* [a] set once: no CPU is to have it loaded any more */
};

struct pte {
	u64 value;
};

static __always_inline struct pte pte_read(const struct pte *entry)
{
	return (struct pte){__atomic_load_n(&entry->value, __ATOMIC_RELAXED)};
}
static __always_inline void pte_write(struct pte *entry, struct pte pte)
{
	__atomic_store_n(&entry->value, pte.value, __ATOMIC_RELAXED);
}
/* Clear the entry; returns the old value, with the CPU's last accessed and dirty bits. */
static __always_inline struct pte pte_clear(struct pte *entry)
{
	struct pte old = pte_read(entry);

	if (old.value)
		old.value = __atomic_exchange_n(&entry->value, 0, __ATOMIC_RELAXED);
	return old;
}
static __always_inline bool pte_is_none(struct pte pte)
{
	return pte.value == 0;
}
static __always_inline bool pte_is_present(struct pte pte)
{
	return pte.value & X86_PTE_PRESENT;
}
static __always_inline bool pte_is_writable(struct pte pte)
{
	return pte.value & X86_PTE_WRITE;
}
static __always_inline pfn_t pte_pfn(struct pte pte)
{
	return (pte.value & X86_PTE_ADDRESS) >> 12;
}
/* The same rights and accessed/dirty bits for another page. */
static __always_inline struct pte pte_with_pfn(struct pte pte, pfn_t pfn)
{
	pte.value = (pte.value & ~X86_PTE_ADDRESS) | pfn << 12;
	return pte;
}
static __always_inline struct pte pte_without_write(struct pte pte)
{
	pte.value &= ~X86_PTE_WRITE;
	return pte;
}
static __always_inline struct pte pte_with_write(struct pte pte)
{
	pte.value |= X86_PTE_WRITE | X86_PTE_DIRTY;
	return pte;
}
/*
 * @protection: PROTECT_READ 1, WRITE 2, EXEC 4, USER 8, UNCACHED 16, WRITE_COMBINE 32 (treated as
 * uncached).
 * Without PROTECT_READ, WRITE and EXEC the entry keeps its page but is not present for the CPU.
 */
static __always_inline u64 x86_pte_bits(u32 protection)
{
	u64 bits = X86_PTE_ACCESSED | (protection & 7 ? X86_PTE_PRESENT : 0);

	bits |= (u64)(protection & 2); /* PROTECT_WRITE is X86_PTE_WRITE */
	if (protection & 2)
		bits |= X86_PTE_DIRTY;
	bits |= (u64)(protection & 8) >> 1; /* PROTECT_USER -> X86_PTE_USER */
	bits |= (u64)(protection & 16);	    /* PROTECT_UNCACHED is X86_PTE_UNCACHED */
	if (protection & 32)
		bits |= X86_PTE_UNCACHED;
	if (!(protection & 4))
		bits |= x86_pte_no_exec;
	return bits;
}
static __always_inline struct pte pte_make(pfn_t pfn, u32 protection)
{
	return (struct pte){(pfn << 12) | x86_pte_bits(protection)};
}
/* The same page and accessed/dirty bits under another protection. */
static __always_inline struct pte pte_with_protection(struct pte pte, u32 protection)
{
	u64 keep = pte.value & (X86_PTE_ADDRESS | X86_PTE_ACCESSED | X86_PTE_DIRTY);

	return (struct pte){keep | (x86_pte_bits(protection) & ~X86_PTE_DIRTY)};
}
