// SPDX-License-Identifier: MIT
/*
 * Flushing the TLB. One CPU runs, so there is no shootdown: another space's translations went when
 * this CPU loaded a root other than its.
 */
#include "arch/arch_pagetable.h"
#include "arch/x86/arch_inline/control_inline.h"

#define FLUSH_PAGES_MAX 32 /* beyond this, reloading CR3 is cheaper */

static bool is_active(const struct arch_pagetable *pt)
{
	return x86_read_cr3() == pt->root;
}

void arch_tlb_flush_page(struct arch_pagetable *pt, vaddr_t va)
{
	if (is_active(pt))
		x86_invlpg(va);
}

void arch_tlb_flush_range(struct arch_pagetable *pt, vaddr_t start, vaddr_t end)
{
	if (!is_active(pt))
		return;
	if (end - start > FLUSH_PAGES_MAX * PAGE_SIZE) {
		x86_write_cr3(pt->root);
		return;
	}
	for (vaddr_t va = start; va < end; va += PAGE_SIZE)
		x86_invlpg(va);
}

void arch_tlb_flush_kernel(vaddr_t start, vaddr_t end)
{
	for (vaddr_t va = start; va < end; va += PAGE_SIZE)
		x86_invlpg(va);
}
