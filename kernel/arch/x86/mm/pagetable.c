// SPDX-License-Identifier: MIT
/*
 * pagetable.c -- page tables of user address spaces.
 *
 * Idea. Four levels of 512 entries (SDM 3A 4.5). Tables are pages of kind PAGE_TABLE; the top one
 *   shares its upper half with the kernel's. Tables are made on demand, and freed by munmap of what
 *   they covered, or with the space.
 * Invariants.
 *   G1  A table that is freed is all zero: its pages have been unmapped and the tables below it
 *       freed. So it need not be cleared when it is used again.
 *   G2  In pt->tables, a table comes after the one above it; page->table_entry is the entry that
 *       points to it.
 *   G3  The lower half of the root of a space without tables is all zero (G1), and of the upper
 *       half only the entries that are the kernel's are not (kernel_map.c, K2).
 *   G4  A space that is loaded exists: destroying it loads another on every CPU. Kernel code runs
 *       in any space, so a thread that gives up its own switches to the one before, which mostly
 *       belongs to the next thread: that saves one switch, and each flushes the TLB. This needs
 *       that the one before exists, too; it is done only while one CPU runs.
 *   G5  loaded_space is changed before the root is loaded, so what is loaded is one of loaded_space
 *       and loaded_space_before.
 * Cost.  A walk: 8 instructions within the table that was used last, 30 otherwise. Destruction: 30
 *   for each table.
 * Locks.  The caller holds the address space's page_table spinlock.
 */
#include "arch/arch_pagetable.h"
#include "arch/arch_cpu.h"
#include "arch/arch_percpu.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/mm/kernel_map.h"
#include "arch/x86/mm/tlb.h"
#include "arch/x86/smp/smp.h"
#include "core/errno.h"
#include "core/fast_path.h"
#include "mm/page_alloc.h"
#include "sync/preempt.h"
#include "trace/trace.h"

#define ENTRIES 512
#define NO_TABLE (~0UL) /* in last_index */
#define TABLE_BITS (X86_PTE_PRESENT | X86_PTE_WRITE | X86_PTE_USER | X86_PTE_ACCESSED)
#define LEVEL_SHIFT(level) (12 + 9 * (level)) /* level 0: page-table entries; 3: the root */

PERCPU(struct arch_pagetable *, loaded_space);	      /* [p] G4 */
PERCPU(struct arch_pagetable *, loaded_space_before); /* [p] G4 */

static u64 *table_at(u64 entry)
{
	return phys_to_virt(entry & X86_PTE_ADDRESS);
}

static __always_inline unsigned index_of(vaddr_t va, unsigned level)
{
	return (va >> LEVEL_SHIFT(level)) & (ENTRIES - 1);
}

int arch_pagetable_create(struct arch_pagetable *pt)
{
	struct page *root = page_alloc_one(PAGE_TABLE | PAGE_ZERO);

	if (!root)
		return -ENOMEM;
	kernel_root_share(page_to_virt(root));
	*pt = (struct arch_pagetable){.root = page_to_phys(root), .last_index = NO_TABLE};
	list_init(&pt->tables);
	return 0;
}

/* Clear the entry that points to the table. */
static void unlink_table(struct arch_pagetable *pt, struct page *page)
{
	*page->table_entry = 0;
	list_remove(&page->node);
	pt->nr_tables--;
}

void arch_pagetable_destroy(struct arch_pagetable *pt)
{
	/*
	 * First of all: the CPU sets accessed bits in the tables that it walks, even speculatively.
	 * Both steps at once, because a thread scheduled in between could switch back to this space
	 * (arch_pagetable_leave).
	 */
	preempt_disable();
	if (x86_read_cr3() == pt->root)
		arch_pagetable_activate(NULL);
	if (*this_cpu(loaded_space_before) == pt)
		*this_cpu(loaded_space_before) = NULL; /* G4 */
	if (unlikely(smp_is_on))
		tlb_unload_elsewhere(pt);
	preempt_enable();
	while (!list_is_empty(&pt->tables)) {
		struct page *table = list_last_entry(&pt->tables, struct page, node); /* G2 */

		unlink_table(pt, table);
		page_free_zeroed(table); /* G1 */
	}
	kernel_root_unshare(phys_to_virt(pt->root));
	page_free_zeroed(phys_to_page(pt->root)); /* G3 */
	pt->root = 0;
}

/* Make a table and point *@entry to it. NULL: no memory. */
static __noinline u64 *make_table(struct arch_pagetable *pt, u64 *entry)
{
	struct page *page = page_alloc_one(PAGE_TABLE | PAGE_ZERO | PAGE_NOWAIT);

	if (!page)
		return NULL;
	page->table_entry = entry;
	list_add_last(&pt->tables, &page->node); /* G2 */
	pt->nr_tables++;
	*entry = page_to_phys(page) | TABLE_BITS;
	return page_to_virt(page);
}

/* The table that *@entry points to; if there is none and @allocate, a new one; or NULL. */
static __always_inline u64 *next_table(struct arch_pagetable *pt, u64 *entry, bool allocate)
{
	if (likely(*entry))
		return table_at(*entry);
	return allocate ? make_table(pt, entry) : NULL;
}

struct pte *arch_pagetable_walk(struct arch_pagetable *pt, vaddr_t va, bool allocate)
{
	u64 *table;

	if (likely(va >> LEVEL_SHIFT(1) == pt->last_index))
		return &pt->last_table[index_of(va, 0)];
	table = phys_to_virt(pt->root);
	table = next_table(pt, &table[index_of(va, 3)], allocate);
	if (!table)
		return NULL;
	table = next_table(pt, &table[index_of(va, 2)], allocate);
	if (!table)
		return NULL;
	table = next_table(pt, &table[index_of(va, 1)], allocate);
	if (!table)
		return NULL;
	pt->last_index = va >> LEVEL_SHIFT(1);
	pt->last_table = (struct pte *)table;
	return &pt->last_table[index_of(va, 0)];
}

struct visitor {
	int (*visit)(vaddr_t va, struct pte *entries, unsigned count, void *data);
	void *data;
};

static int visit_level(struct arch_pagetable *pt, const u64 *table, unsigned level, vaddr_t start,
		       vaddr_t end, const struct visitor *v)
{
	unsigned first = index_of(start, level), last = index_of(end - 1, level), i;
	u64 span = 1UL << LEVEL_SHIFT(level);
	vaddr_t base = align_down(start, span) - first * span;
	int result = 0;

	if (level == 0)
		return v->visit(start, (struct pte *)&table[first],
				(unsigned)((end - start) >> PAGE_SHIFT), v->data);
	for (i = first; i <= last && !result; i++)
		if (table[i])
			result = visit_level(pt, table_at(table[i]), level - 1,
					     max(base + i * span, start),
					     min(base + (i + 1) * span, end), v);
	pt->nr_steps += i - first;
	return result;
}

int arch_pagetable_visit(struct arch_pagetable *pt, vaddr_t start, vaddr_t end,
			 int (*visit)(vaddr_t va, struct pte *entries, unsigned count, void *data),
			 void *data)
{
	struct visitor v = {visit, data};
	struct pte *entry;

	/* The common case: the range is within one table. */
	if (start >> LEVEL_SHIFT(1) == (end - 1) >> LEVEL_SHIFT(1)) {
		entry = arch_pagetable_walk(pt, start, false);
		return entry ? visit(start, entry, (unsigned)((end - start) >> PAGE_SHIFT), data)
			     : 0;
	}
	return start < end ? visit_level(pt, phys_to_virt(pt->root), 3, start, end, &v) : 0;
}

/* The work of one call: reading an entry costs 1, freeing a table FREE_COST. */
#define FREE_BUDGET 4096
#define FREE_COST 64

/* Unlink the tables below @table that lie wholly in [floor, ceiling), and list them. */
static void unlink_within(struct arch_pagetable *pt, u64 *table, unsigned level, vaddr_t base,
			  vaddr_t floor, vaddr_t ceiling, int *budget, struct list_node *unlinked)
{
	u64 span = 1UL << LEVEL_SHIFT(level), i = floor > base ? (floor - base) / span : 0;
	u64 end = min((u64)ENTRIES, (ceiling - base + span - 1) / span);

	*budget -= (int)(end - i);
	for (; i < end; i++) {
		vaddr_t at = base + i * span;

		if (likely(!table[i]))
			continue;
		if (level > 1)
			unlink_within(pt, table_at(table[i]), level - 1, at, floor, ceiling, budget,
				      unlinked);
		if (*budget <= 0)
			return;
		if (at >= floor && at + span <= ceiling) {
			struct page *page = virt_to_page(table_at(table[i]));

			unlink_table(pt, page);
			list_add_last(unlinked, &page->node);
			*budget -= FREE_COST;
		}
	}
}

bool arch_pagetable_free_range(struct arch_pagetable *pt, vaddr_t floor, vaddr_t ceiling)
{
	struct list_node unlinked, *node;
	int budget = FREE_BUDGET;

	/* Smaller than what one table covers, so no table lies wholly inside. */
	if (ceiling - floor < 1UL << LEVEL_SHIFT(1))
		return false;
	pt->last_index = NO_TABLE;
	list_init(&unlinked);
	unlink_within(pt, phys_to_virt(pt->root), 3, 0, floor, ceiling, &budget, &unlinked);
	/* A CPU may have cached the upper entries, and would walk a freed table: SDM 3A 4.10.3. */
	arch_tlb_flush_range(pt, 0, USER_TOP);
	while ((node = list_pop_first(&unlinked)))
		page_free_zeroed(list_entry(node, struct page, node)); /* G1 */
	return budget <= 0;
}

void arch_pagetable_activate(struct arch_pagetable *pt)
{
	paddr_t root = pt ? pt->root : virt_to_phys(kernel_root_table());
	struct arch_pagetable **now = this_cpu(loaded_space);

	if (pt != *now) {
		WRITE_ONCE(*this_cpu(loaded_space_before), *now);
		WRITE_ONCE(*now, pt); /* G5: tlb.c:may_have reads both, this one first */
	}
	/* Loading the same root again would flush the TLB for nothing. */
	if (x86_read_cr3() != root) {
		x86_write_cr3(root);
		TRACE(address_space, 0, root);
	}
}

void arch_pagetable_leave(void)
{
	bool to_the_one_before = fast_path_is_on(FAST_PATH_space) && likely(!smp_is_on);

	arch_pagetable_activate(to_the_one_before ? *this_cpu(loaded_space_before) : NULL); /* G4 */
}
