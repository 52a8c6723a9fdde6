// SPDX-License-Identifier: MIT
/*
 * tlb.c -- forgetting translations, here and on the other CPUs that may have them.
 *
 * Idea.  A CPU can have translations of the space that it has loaded; those of another went when
 *   it loaded the next root. So only CPUs that have a space loaded are asked to forget it
 *   (smp/smp_calls.c). One that loads it meanwhile reads the page table as it is now.
 * Invariants.
 *   L1  The table is changed before loaded_space of the others is read, and a CPU sets its
 *       loaded_space before it loads the root, which serialises: a CPU that is not asked reads the
 *       changed table.
 *   L2  A CPU whose thread has no space, such as an idle one, keeps what is loaded until it is
 *       asked; then it loads the kernel's, so that it is asked once. A thread's pagetable is
 *       changed before its space is loaded (vm_map_activate), or with interrupts off and no wait
 *       for a spinlock in between, where the CPU would answer (a switch): a space that is not the
 *       thread's is not about to be used.
 * Cost.  One CPU: a comparison, then INVLPG for up to FLUSH_PAGES_MAX pages, or a load of CR3.
 *   Several: an interrupt for each CPU that has the space loaded, or had it right before and has
 *   not been asked since. It forgets those pages, if they are few and a thread of the space runs.
 * Tests.  vm_map_test.c (what is flushed); tests/guest/memory/mem_unmap.c, tests/system/cpus.t.
 */
#include "arch/x86/mm/tlb.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/mm/kernel_map.h"
#include "arch/x86/smp/smp.h"
#include "core/assert.h"
#include "sched/thread.h"
#include "sync/preempt.h"

#define FLUSH_PAGES_MAX 32 /* beyond this, reloading CR3 is cheaper */

static __always_inline bool are_few(vaddr_t start, vaddr_t end)
{
	return end - start <= FLUSH_PAGES_MAX * PAGE_SIZE;
}

static __always_inline void forget_pages(vaddr_t start, vaddr_t end)
{
	for (vaddr_t va = start; va < end; va += PAGE_SIZE)
		x86_invlpg(va);
}

static __always_inline void flush_range_here(struct arch_pagetable *pt, vaddr_t start, vaddr_t end)
{
	if (x86_read_cr3() != pt->root)
		return;
	if (are_few(start, end))
		forget_pages(start, end);
	else
		x86_write_cr3(pt->root);
}

/* L1, G5 of pagetable.c */
static bool may_have(unsigned cpu, const void *pt)
{
	return READ_ONCE(*on_cpu(loaded_space, cpu)) == pt ||
	       READ_ONCE(*on_cpu(loaded_space_before, cpu)) == pt;
}

static __cold __noinline void flush_everywhere(struct arch_pagetable *pt, vaddr_t start,
					       vaddr_t end)
{
	struct tlb_range range = {.pt = pt, .start = start, .end = end};

	preempt_disable();
	flush_range_here(pt, start, end);
	if (are_few(start, end))
		smp_ask_others_range(may_have, &range);
	else
		smp_ask_others(may_have, pt, false);
	preempt_enable();
}

void arch_tlb_flush_page(struct arch_pagetable *pt, vaddr_t va)
{
	if (unlikely(smp_is_on))
		flush_everywhere(pt, va, va + PAGE_SIZE);
	else if (x86_read_cr3() == pt->root)
		x86_invlpg(va);
}

void arch_tlb_flush_range(struct arch_pagetable *pt, vaddr_t start, vaddr_t end)
{
	if (unlikely(smp_is_on))
		flush_everywhere(pt, start, end);
	else
		flush_range_here(pt, start, end);
}

void arch_tlb_flush_kernel(const vaddr_t *starts, unsigned nr, u64 nr_pages)
{
	preempt_disable();
	for (unsigned i = 0; i < nr; i++)
		forget_pages(starts[i], starts[i] + nr_pages * PAGE_SIZE);
	if (unlikely(smp_is_on))
		smp_ask_others(NULL, NULL, true);
	preempt_enable();
}

void tlb_unload_elsewhere(struct arch_pagetable *pt)
{
	debug_assert(*this_cpu(loaded_space) != pt);
	WRITE_ONCE(pt->ends, true);
	smp_ask_others(may_have, pt, false);
}

/* Of a thread without a space it is what the thread before had: L2. */
static bool is_in_use(const struct arch_pagetable *pt)
{
	return pt && pt == current_thread()->pagetable && !READ_ONCE(pt->ends);
}

bool tlb_flush_range_here(const struct tlb_range *range)
{
	struct arch_pagetable *pt = *this_cpu(loaded_space);

	if (pt != range->pt || !is_in_use(pt) || x86_read_cr3() != pt->root)
		return false;
	debug_assert(are_few(range->start, range->end));
	forget_pages(range->start, range->end);
	return true;
}

void tlb_flush_here(bool kernel)
{
	struct arch_pagetable *pt = *this_cpu(loaded_space);
	bool in_use = is_in_use(pt);
	u64 cr4 = x86_read_cr4();

	x86_write_cr3(in_use ? pt->root : virt_to_phys(kernel_root_table()));
	if (!in_use)
		WRITE_ONCE(*this_cpu(loaded_space), NULL);
	WRITE_ONCE(*this_cpu(loaded_space_before), NULL);
	if (kernel && (cr4 & X86_CR4_PGE)) {
		/* Each change of the bit drops global translations, too: SDM 3A 4.10.4.1. */
		x86_write_cr4(cr4 & ~X86_CR4_PGE);
		x86_write_cr4(cr4);
	}
}
