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
 *   G4  A space that is loaded, or was loaded before, exists: destroying it makes both NULL. Kernel
 *       code runs in any space, so a thread that gives up its own switches to the one before, which
 *       mostly belongs to the next thread: that saves one switch, and each flushes the TLB.
 * Cost.  A walk: 8 instructions within the table that was used last, 30 otherwise. Destruction: 30
 *   for each table.
 * Locks.  The caller holds the address space's page_table spinlock.
 */
#include "arch/arch_pagetable.h"
#include "arch/arch_cpu.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/mm/kernel_map.h"
#include "core/errno.h"
#include "core/fast_path.h"
#include "mm/page_alloc.h"
#include "sync/preempt.h"
#include "trace/trace.h"

#define ENTRIES 512
#define NO_TABLE (~0UL) /* in last_index */
#define TABLE_BITS (X86_PTE_PRESENT | X86_PTE_WRITE | X86_PTE_USER | X86_PTE_ACCESSED)
#define LEVEL_SHIFT(level) (12 + 9 * (level)) /* level 0: page-table entries; 3: the root */

/* The space that each CPU has loaded, and the one before. NULL: the kernel's, or destroyed. */
static struct arch_pagetable *loaded[CPUS_MAX], *loaded_before[CPUS_MAX]; /* [p] G4 */

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

/* Clear the entry that points to the table, and free the table, which is all zero (G1). */
static void free_table(struct arch_pagetable *pt, struct page *page)
{
	*page->table_entry = 0;
	list_remove(&page->node);
	pt->nr_tables--;
	page_free_zeroed(page);
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
	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++) /* G4 */
		if (loaded_before[cpu] == pt)
			loaded_before[cpu] = NULL;
	preempt_enable();
	while (!list_is_empty(&pt->tables))
		free_table(pt, list_last_entry(&pt->tables, struct page, node)); /* G2 */
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

/* Free the tables below @table that lie wholly in [floor, ceiling). */
static void free_within(struct arch_pagetable *pt, u64 *table, unsigned level, vaddr_t base,
			vaddr_t floor, vaddr_t ceiling, int *budget)
{
	u64 span = 1UL << LEVEL_SHIFT(level), i = floor > base ? (floor - base) / span : 0;
	u64 end = min((u64)ENTRIES, (ceiling - base + span - 1) / span);

	*budget -= (int)(end - i);
	for (; i < end; i++) {
		vaddr_t at = base + i * span;

		if (likely(!table[i]))
			continue;
		if (level > 1)
			free_within(pt, table_at(table[i]), level - 1, at, floor, ceiling, budget);
		if (*budget <= 0)
			return;
		if (at >= floor && at + span <= ceiling) {
			free_table(pt, virt_to_page(table_at(table[i])));
			*budget -= FREE_COST;
		}
	}
}

bool arch_pagetable_free_range(struct arch_pagetable *pt, vaddr_t floor, vaddr_t ceiling)
{
	int budget = FREE_BUDGET;

	/* Smaller than what one table covers, so no table lies wholly inside. */
	if (ceiling - floor < 1UL << LEVEL_SHIFT(1))
		return false;
	pt->last_index = NO_TABLE;
	free_within(pt, phys_to_virt(pt->root), 3, 0, floor, ceiling, &budget);
	/* The CPU may have cached the upper entries (SDM 3A 4.10.3). */
	arch_tlb_flush_range(pt, 0, USER_TOP);
	return budget <= 0;
}

void arch_pagetable_activate(struct arch_pagetable *pt)
{
	paddr_t root = pt ? pt->root : virt_to_phys(kernel_root_table());
	unsigned cpu = arch_cpu_id();

	if (pt != loaded[cpu]) {
		loaded_before[cpu] = loaded[cpu];
		loaded[cpu] = pt;
	}
	/* Loading the same root again would flush the TLB for nothing. */
	if (x86_read_cr3() != root) {
		x86_write_cr3(root);
		TRACE(address_space, 0, root);
	}
}

void arch_pagetable_leave(void)
{
	arch_pagetable_activate(fast_path_is_on(FAST_PATH_space) ? loaded_before[arch_cpu_id()]
								 : NULL);
}
