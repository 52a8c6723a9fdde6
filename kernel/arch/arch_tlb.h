/* SPDX-License-Identifier: MIT */
/* Forgetting cached translations, on this CPU and on every other that may hold them. */
#pragma once

#include "arch/arch_pagetable.h"

/* One user page of @pt everywhere it may be cached. Context: task or with page_table held. */
void arch_tlb_flush_page(struct arch_pagetable *pt, vaddr_t va);
/* A range; beyond a bound the whole space is flushed instead. */
void arch_tlb_flush_range(struct arch_pagetable *pt, vaddr_t start, vaddr_t end);
void arch_tlb_flush_all(struct arch_pagetable *pt);
/* Kernel addresses, all CPUs. */
void arch_tlb_flush_kernel(vaddr_t start, vaddr_t end);
