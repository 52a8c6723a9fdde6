// SPDX-License-Identifier: MIT
#include "fake_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch_clock.h"
#include "arch/arch_program.h"
#include "arch/arch_tlb.h"
#include "arch/arch_uaccess.h"
#include "core/trap_table.h"
#include "mm/page.h"
#include "mm/page_alloc.h"
#include "sched/force_preempt.h"
#include "sched/mutex.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "time/clock.h"
#include "trace/trace.h"
#include "vm/vm_internal.h"

#include <linux/errno.h>

#define TABLE_ENTRIES 512
#define TABLE_SPAN (TABLE_ENTRIES * PAGE_SIZE)
#define TLB_ENTRIES 4096

u64 x86_pte_no_exec = X86_PTE_NO_EXEC;
struct thread *unit_current_thread;
unsigned unit_current_cpu;
bool unit_need_resched;
u64 unit_cycles;
int fake_tables_left = -1;
unsigned fake_flushes, fake_faults;

struct fake_table {
	struct fake_table *next; /* by address */
	vaddr_t base;
	struct pte entries[TABLE_ENTRIES];
};

struct tlb_entry {
	struct arch_pagetable *pt;
	vaddr_t va;
	struct pte pte;
};
static struct tlb_entry tlb[TLB_ENTRIES];

void fake_machine_init(void)
{
	static struct thread me;

	memset(&me, 0, sizeof(me));
	memset(tlb, 0, sizeof(tlb));
	unit_current_thread = &me;
	fake_tables_left = -1;
}

/* ---- page tables: a list of leaf tables --------------------------------------------------- */

static struct fake_table **head(struct arch_pagetable *pt)
{
	return (struct fake_table **)&pt->root;
}

int arch_pagetable_create(struct arch_pagetable *pt)
{
	memset(pt, 0, sizeof(*pt));
	return 0;
}

void arch_pagetable_destroy(struct arch_pagetable *pt)
{
	struct fake_table *table, *next;

	if (fake_pagetable_count(pt)) {
		fprintf(stderr, "a page table is destroyed with pages in it\n");
		abort();
	}
	for (table = *head(pt); table; table = next) {
		next = table->next;
		free(table);
	}
	arch_tlb_flush_all(pt);
}

struct pte *arch_pagetable_walk(struct arch_pagetable *pt, vaddr_t va, bool allocate)
{
	struct fake_table **place = head(pt), *table;
	vaddr_t base = align_down(va, TABLE_SPAN);

	while (*place && (*place)->base < base)
		place = &(*place)->next;
	table = *place;
	if (!table || table->base != base) {
		if (!allocate || !fake_tables_left)
			return NULL;
		fake_tables_left -= fake_tables_left > 0;
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
	for (struct fake_table *table = *head(pt); table; table = table->next) {
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
	struct fake_table **place = head(pt), *table;

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

u64 fake_pagetable_count(struct arch_pagetable *pt)
{
	u64 count = 0;

	for (struct fake_table *table = *head(pt); table; table = table->next)
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

void arch_tlb_flush_page(struct arch_pagetable *pt, vaddr_t va)
{
	struct tlb_entry *slot = tlb_slot(pt, va);

	fake_flushes++;
	if (slot->pt == pt && slot->va == va)
		slot->pt = NULL;
}

void arch_tlb_flush_range(struct arch_pagetable *pt, vaddr_t start, vaddr_t end)
{
	fake_flushes++;
	for (unsigned i = 0; i < TLB_ENTRIES; i++)
		if (tlb[i].pt == pt && tlb[i].va >= start && tlb[i].va < end)
			tlb[i].pt = NULL;
}

void arch_tlb_flush_all(struct arch_pagetable *pt)
{
	arch_tlb_flush_range(pt, 0, ~0UL);
}

int fake_touch(struct vm_map *map, vaddr_t va, bool write, u64 *value, struct vm_fault_error *error)
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
		if (slot->pt == pt && slot->va == page) /* a fault forgets the translation */
			slot->pt = NULL;
		fake_faults++;
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

__attribute__((weak)) bool arch_user_faults_disabled(void)
{
	return unit_current_thread->arch.faults_disabled;
}

/* ---- mutexes without rivals ---------------------------------------------------------------- */

__attribute__((weak)) void mutex_init_class(struct mutex *m, enum lock_class class)
{
	memset(m, 0, sizeof(*m));
	(void)class;
}

__attribute__((weak)) void mutex_lock_slow(struct mutex *m)
{
	fprintf(stderr, "mutex %p is locked already\n", (void *)m);
	abort();
}

__attribute__((weak)) void mutex_unlock_slow(struct mutex *m)
{
	fprintf(stderr, "mutex %p is not ours\n", (void *)m);
	abort();
}

/*
 * ---- a clock that counts nanoseconds and moves only by the test
 * -------------------------------------
 */

__attribute__((weak)) u64 arch_clock_frequency_hz(void)
{
	return NS_PER_SECOND;
}

__attribute__((weak)) u64 arch_clock_cycles_to_ns(u64 cycles)
{
	return cycles;
}

/* ---- what the scheduler asks of the rest: nothing is traced, nothing forced ----------------- */

__attribute__((weak)) u8 trace_on;
bool force_preempt_on;

void force_preempt_init(void)
{
}

bool force_preempt_now(void)
{
	return false;
}

bool force_preempt_woken(void)
{
	return false;
}

__attribute__((weak)) u64 page_alloc_nr_free(void)
{
	return 0;
}

/* ---- the vDSO: nothing in it, and no clock ------------------------------------------------- */

const void *arch_program_vdso(size_t *size_bytes)
{
	*size_bytes = 1;
	return "";
}

void clock_page_init(struct clock_page *page, u64 tick_ns)
{
}

__attribute__((weak)) u64 sched_tick_ns(void)
{
	return 10 * NS_PER_MS;
}
