/* SPDX-License-Identifier: MIT */
/* Flush translations from the TLBs, of this CPU and of every other that may hold them. */
#pragma once

#include "arch/arch_pagetable.h"

/* Flush one user page of @pt. Context: task, or with page_table held. */
void arch_tlb_flush_page(struct arch_pagetable *pt, vaddr_t va);
/* Flush a range, or for large ranges the whole space. */
void arch_tlb_flush_range(struct arch_pagetable *pt, vaddr_t start, vaddr_t end);
void arch_tlb_flush_all(struct arch_pagetable *pt);
/* Flush kernel addresses. */
void arch_tlb_flush_kernel(vaddr_t start, vaddr_t end);
