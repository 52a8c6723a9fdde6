// SPDX-License-Identifier: MIT
/*
 * pagetable.c -- page tables of user address spaces.
 *
 * Idea. Four levels of 512 entries (SDM 3A 4.5). Tables are frames of kind PAGE_TABLE; the top one
 * shares its upper half with the
 *   kernel's. Tables come into being on demand and go with munmap of what they covered, or with the
 *   space.
 * Locks.  The address space's page_table spinlock, the caller's.
 */
#include "arch/arch_pagetable.h"
#include "arch/arch_tlb.h"
#include "arch/x86/inline/control_inline.h"
#include "arch/x86/mm/kernel_map.h"
#include "core/assert.h"
#include "core/errno.h"
#include "lib/string.h"
#include "mm/page_alloc.h"

#define ENTRIES 512
#define TABLE_BITS (X86_PTE_PRESENT | X86_PTE_WRITE | X86_PTE_USER | X86_PTE_ACCESSED)
#define LEVEL_SHIFT(level) (12 + 9 * (level)) /* level 0: page-table entries; 3: the root */

static u64 *table_at(u64 entry)
{
	return phys_to_virt(entry & X86_PTE_ADDRESS);
}

static unsigned index_of(vaddr_t va, unsigned level)
{
	return (va >> LEVEL_SHIFT(level)) & (ENTRIES - 1);
}

int arch_pagetable_create(struct arch_pagetable *pt)
{
	struct page *page = page_alloc_one(PAGE_TABLE);
	u64 *root;

	if (!page)
		return -ENOMEM;
	root = page_to_virt(page);
	memset(root, 0, PAGE_SIZE / 2);
	memcpy(root + ENTRIES / 2, kernel_root_table() + ENTRIES / 2, PAGE_SIZE / 2);
	*pt = (struct arch_pagetable){.root = virt_to_phys(root)};
	return 0;
}

static void free_tables(struct arch_pagetable *pt, u64 *table, unsigned level, unsigned from,
			unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		if (!table[i])
			continue;
		if (level > 1)
			free_tables(pt, table_at(table[i]), level - 1, 0, ENTRIES);
		page_put(virt_to_page(table_at(table[i])));
		table[i] = 0;
		pt->nr_tables--;
	}
}

void arch_pagetable_destroy(struct arch_pagetable *pt)
{
	free_tables(pt, phys_to_virt(pt->root), 3, 0, ENTRIES / 2);
	if (x86_read_cr3() == pt->root)
		arch_pagetable_activate(NULL);
	page_put(virt_to_page(phys_to_virt(pt->root)));
	pt->root = 0;
}

struct pte *arch_pagetable_walk(struct arch_pagetable *pt, vaddr_t va, bool allocate)
{
	u64 *table = phys_to_virt(pt->root);

	for (unsigned level = 3; level > 0; level--) {
		u64 *entry = &table[index_of(va, level)];

		if (unlikely(!*entry)) {
			struct page *page;

			if (!allocate)
				return NULL;
			page = page_alloc_one(PAGE_TABLE | PAGE_ZERO | PAGE_NOWAIT);
			if (!page)
				return NULL;
			*entry = virt_to_phys(page_to_virt(page)) | TABLE_BITS;
			pt->nr_tables++;
		}
		table = table_at(*entry);
	}
	return (struct pte *)&table[index_of(va, 0)];
}

struct visitor {
	int (*visit)(vaddr_t va, struct pte *entries, unsigned count, void *data);
	void *data;
};

static int visit_level(u64 *table, unsigned level, vaddr_t start, vaddr_t end,
		       const struct visitor *v)
{
	u64 span = 1UL << LEVEL_SHIFT(level);

	if (level == 0)
		return v->visit(start, (struct pte *)&table[index_of(start, 0)],
				(unsigned)((end - start) >> PAGE_SHIFT), v->data);
	for (vaddr_t at = start; at < end;) {
		vaddr_t next = min(align_down(at, span) + span, end);
		u64 entry = table[index_of(at, level)];

		if (entry) {
			int result = visit_level(table_at(entry), level - 1, at, next, v);

			if (result)
				return result;
		}
		at = next;
	}
	return 0;
}

int arch_pagetable_visit(struct arch_pagetable *pt, vaddr_t start, vaddr_t end,
			 int (*visit)(vaddr_t va, struct pte *entries, unsigned count, void *data),
			 void *data)
{
	struct visitor v = {visit, data};

	return start < end ? visit_level(phys_to_virt(pt->root), 3, start, end, &v) : 0;
}

/* Free the tables below @table that lie wholly in [floor, ceiling). */
static void free_within(struct arch_pagetable *pt, u64 *table, unsigned level, vaddr_t base,
			vaddr_t floor, vaddr_t ceiling)
{
	u64 span = 1UL << LEVEL_SHIFT(level);
	vaddr_t at = max(align_down(floor, span), base);

	for (; at < ceiling && at < base + span * ENTRIES; at += span) {
		u64 *entry = &table[index_of(at, level)];

		if (!*entry)
			continue;
		if (level > 1)
			free_within(pt, table_at(*entry), level - 1, at, floor, ceiling);
		if (at >= floor && at + span <= ceiling) {
			page_put(virt_to_page(table_at(*entry)));
			*entry = 0;
			pt->nr_tables--;
		}
	}
}

void arch_pagetable_free_range(struct arch_pagetable *pt, vaddr_t floor, vaddr_t ceiling)
{
	/* Smaller than what one table covers: nothing can lie wholly inside. */
	if (ceiling - floor < 1UL << LEVEL_SHIFT(1))
		return;
	free_within(pt, phys_to_virt(pt->root), 3, 0, floor, ceiling);
	/* The CPU may have cached the upper entries (SDM 3A 4.10.3). */
	arch_tlb_flush_all(pt);
}

void arch_pagetable_activate(struct arch_pagetable *pt)
{
	x86_write_cr3(pt ? pt->root : virt_to_phys(kernel_root_table()));
}
