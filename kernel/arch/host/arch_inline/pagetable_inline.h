/* SPDX-License-Identifier: MIT */
/*
 * An entry of a page table that only C reads: the page's number above the protection (enum
 * page_protection), which is not empty even for a page without any access.
 */
#pragma once

#include "arch/arch_page.h"

#define HOST_PTE_HELD (1UL << 11)
#define HOST_PTE_PROTECTION 63UL

struct host_table;

struct arch_pagetable {
	struct host_table *first; /* [page_table] those with entries, by address */
	u64 nr_tables;		  /* [page_table] */
	u64 nr_steps;		  /* [page_table] */
};

struct pte {
	u64 value;
};

static inline struct pte pte_read(const struct pte *entry)
{
	return (struct pte){__atomic_load_n(&entry->value, __ATOMIC_RELAXED)};
}
static inline void pte_write(struct pte *entry, struct pte pte)
{
	__atomic_store_n(&entry->value, pte.value, __ATOMIC_RELAXED);
}
static inline struct pte pte_clear(struct pte *entry)
{
	return (struct pte){__atomic_exchange_n(&entry->value, 0, __ATOMIC_RELAXED)};
}
static inline bool pte_is_none(struct pte pte)
{
	return pte.value == 0;
}
static inline bool pte_is_present(struct pte pte)
{
	return pte.value & (PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC);
}
static inline bool pte_is_writable(struct pte pte)
{
	return pte.value & PROTECT_WRITE;
}
static inline pfn_t pte_pfn(struct pte pte)
{
	return pte.value >> 12;
}
static inline struct pte pte_make(pfn_t pfn, u32 protection)
{
	return (struct pte){pfn << 12 | HOST_PTE_HELD | protection};
}
static inline struct pte pte_with_pfn(struct pte pte, pfn_t pfn)
{
	return (struct pte){(pte.value & 0xfff) | pfn << 12};
}
static inline struct pte pte_without_write(struct pte pte)
{
	return (struct pte){pte.value & ~(u64)PROTECT_WRITE};
}
static inline struct pte pte_with_write(struct pte pte)
{
	return (struct pte){pte.value | PROTECT_WRITE};
}
static inline struct pte pte_with_protection(struct pte pte, u32 protection)
{
	return (struct pte){(pte.value & ~HOST_PTE_PROTECTION) | protection};
}
