// SPDX-License-Identifier: MIT
/* The functions of kernel/arch/host that tests need. */
#include "host_arch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "arch/arch_irq.h"
#include "arch/arch_thread.h"
#include "arch/arch_uaccess.h"
#include "core/trap_table.h"
#include "mm/page.h"
#include "mm/page_alloc.h"
#include "sched/thread.h"
#include "time/clock.h"
#include "vm/vm_internal.h"

#include <linux/errno.h>

#define TABLE_ENTRIES 512
#define TABLE_SPAN (TABLE_ENTRIES * PAGE_SIZE)
#define TLB_ENTRIES 4096

static struct thread first_thread; /* what runs before a test has threads of its own */
struct thread *unit_current_thread = &first_thread;
unsigned unit_current_cpu;
u32 unit_preempt_count;
bool unit_need_resched, unit_irqs_off;
u64 unit_cycles;
int host_tables_left = -1;
unsigned host_flushes, host_faults;

struct host_table {
	struct host_table *next; /* by address */
	vaddr_t base;
	struct pte entries[TABLE_ENTRIES];
};

struct tlb_entry {
	struct arch_pagetable *pt;
	vaddr_t va;
	struct pte pte;
};
static struct tlb_entry tlb[TLB_ENTRIES];

void host_arch_init(void)
{
	memset(&first_thread, 0, sizeof(first_thread));
	memset(tlb, 0, sizeof(tlb));
	unit_current_thread = &first_thread;
	host_tables_left = -1;
}

/* ---- page tables: a list of leaf tables --------------------------------------------------- */

int arch_pagetable_create(struct arch_pagetable *pt)
{
	memset(pt, 0, sizeof(*pt));
	return 0;
}

void arch_pagetable_destroy(struct arch_pagetable *pt)
{
	struct host_table *table, *next;

	if (host_pagetable_count(pt)) {
		fprintf(stderr, "a page table is destroyed with pages in it\n");
		abort();
	}
	for (table = pt->first; table; table = next) {
		next = table->next;
		free(table);
	}
	arch_tlb_flush_range(pt, 0, USER_TOP);
}

struct pte *arch_pagetable_walk(struct arch_pagetable *pt, vaddr_t va, bool allocate)
{
	struct host_table **place = &pt->first, *table;
	vaddr_t base = align_down(va, TABLE_SPAN);

	while (*place && (*place)->base < base)
		place = &(*place)->next;
	table = *place;
	if (!table || table->base != base) {
		if (!allocate || !host_tables_left)
			return NULL;
		host_tables_left -= host_tables_left > 0;
		table = calloc(1, sizeof(*table));
		table->base = base;
		table->next = *place;
		*place = table;
		pt->nr_tables++;
	}
	return &table->entries[(va - base) / PAGE_SIZE];
}

int arch_pagetable_visit(struct arch_pagetable *pt, vaddr_t start, vaddr_t end,
			 int (*visit)(vaddr_t va, struct pte *entries, unsigned count, void *data),
			 void *data)
{
	for (struct host_table *table = pt->first; table; table = table->next) {
		vaddr_t low = max(start, table->base), high = min(end, table->base + TABLE_SPAN);
		int result;

		if (low >= high)
			continue;
		result = visit(low, &table->entries[(low - table->base) / PAGE_SIZE],
			       (unsigned)((high - low) / PAGE_SIZE), data);
		if (result)
			return result;
	}
	return 0;
}

bool arch_pagetable_free_range(struct arch_pagetable *pt, vaddr_t floor, vaddr_t ceiling)
{
	struct host_table **place = &pt->first, *table;

	while ((table = *place)) {
		if (table->base < floor || table->base + TABLE_SPAN > ceiling) {
			place = &table->next;
			continue;
		}
		for (unsigned i = 0; i < TABLE_ENTRIES; i++)
			if (!pte_is_none(table->entries[i]))
				abort();
		*place = table->next;
		free(table);
		pt->nr_tables--;
	}
	return false;
}

u64 host_pagetable_count(struct arch_pagetable *pt)
{
	u64 count = 0;

	for (struct host_table *table = pt->first; table; table = table->next)
		for (unsigned i = 0; i < TABLE_ENTRIES; i++)
			count += !pte_is_none(table->entries[i]);
	return count;
}

void arch_pagetable_activate(struct arch_pagetable *pt)
{
	(void)pt;
}

/* ---- the TLB ------------------------------------------------------------------------------ */

static struct tlb_entry *tlb_slot(struct arch_pagetable *pt, vaddr_t va)
{
	return &tlb[((va >> PAGE_SHIFT) * 7 + ((uintptr_t)pt >> 6) * 31) % TLB_ENTRIES];
}

/* While one CPU has a translation to a page, no other may get one to another page. */
static void check_page_is_same(struct arch_pagetable *pt, const struct tlb_entry *slot)
{
	const struct pte *entry = arch_pagetable_walk(pt, slot->va, false);

	if (!entry || !pte_is_present(*entry) || pte_pfn(*entry) == pte_pfn(slot->pte))
		return;
	fprintf(stderr, "%#lx is mapped to another page before all have forgotten the old one\n",
		(unsigned long)slot->va);
	abort();
}

void arch_tlb_flush_page(struct arch_pagetable *pt, vaddr_t va)
{
	struct tlb_entry *slot = tlb_slot(pt, va);

	host_flushes++;
	if (slot->pt != pt || slot->va != align_down(va, PAGE_SIZE))
		return;
	check_page_is_same(pt, slot);
	slot->pt = NULL;
}

void arch_tlb_flush_range(struct arch_pagetable *pt, vaddr_t start, vaddr_t end)
{
	host_flushes++;
	for (unsigned i = 0; i < TLB_ENTRIES; i++)
		if (tlb[i].pt == pt && tlb[i].va >= start && tlb[i].va < end)
			tlb[i].pt = NULL;
}

int host_touch(struct vm_map *map, vaddr_t va, bool write, u64 *value, struct vm_fault_error *error)
{
	struct arch_pagetable *pt = &map->pagetable;
	vaddr_t page = align_down(va, PAGE_SIZE);
	struct tlb_entry *slot = tlb_slot(pt, page);
	struct pte *entry, pte;
	u64 *bytes;
	u32 access;
	int err;

	for (int tries = 0; tries < 4; tries++) {
		if (slot->pt == pt && slot->va == page && (!write || pte_is_writable(slot->pte))) {
			bytes = page_to_virt(pfn_to_page(pte_pfn(slot->pte)));
			if (write)
				*bytes = *value;
			else
				*value = *bytes;
			return 0;
		}
		entry = arch_pagetable_walk(pt, page, false);
		pte = entry ? *entry : (struct pte){0};
		if (pte_is_present(pte) && (!write || pte_is_writable(pte))) {
			*slot = (struct tlb_entry){pt, page, pte};
			continue;
		}
		/* The fault forgets the translation here; it stays as that of another CPU. */
		host_faults++;
		access = (write ? TRAP_ACCESS_WRITE : 0) |
			 (pte_is_present(pte) ? TRAP_ACCESS_PRESENT : 0);
		if (vm_fault_fast(map, va, access))
			continue;
		err = vm_fault(map, va, access, error);
		if (err)
			return err;
	}
	fprintf(stderr, "a fault at %#lx is never resolved\n", (unsigned long)va);
	abort();
}

/* ---- memory of programs is the test's own --------------------------------------------------- */

/* With faults off nothing is read, as if it were not mapped: vm_peek then asks the map. */
__attribute__((weak)) size_t arch_copy_from_user(void *to, const void *from, size_t len_bytes)
{
	if (unit_current_thread->user_faults_off)
		return len_bytes;
	memcpy(to, from, len_bytes);
	return 0;
}

__attribute__((weak)) size_t arch_copy_to_user(void *to, const void *from, size_t len_bytes)
{
	memcpy(to, from, len_bytes);
	return 0;
}

__attribute__((weak)) size_t arch_copy_to_user_open(void *to, const void *from, size_t len_bytes)
{
	return arch_copy_to_user(to, from, len_bytes);
}

__attribute__((weak)) size_t arch_clear_user(void *to, size_t len_bytes)
{
	memset(to, 0, len_bytes);
	return 0;
}

/* ---- a clock that counts nanoseconds ------------------------------------------------------- */

struct arch_clock arch_clock = {
	.frequency_hz = NS_PER_SECOND,
	.mult = 1UL << ARCH_CLOCK_SHIFT,
};

/* ---- one CPU ------------------------------------------------------------------------------- */

__attribute__((weak)) unsigned arch_smp_nr_cpus(void)
{
	return 1;
}

/* ---- programs ------------------------------------------------------------------------------ */

__attribute__((weak)) void arch_program_hints(struct arch_program_hints *hints)
{
	*hints = (struct arch_program_hints){.vdso = "", .vdso_size_bytes = 1};
}
