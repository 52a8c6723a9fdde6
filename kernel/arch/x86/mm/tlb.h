/* SPDX-License-Identifier: MIT */
/* Translations in TLBs: which CPUs may have those of an address space. */
#pragma once

#include "arch/arch_pagetable.h"
#include "arch/arch_percpu.h"

/*
 * The space that each CPU has loaded, and the one before; NULL: the kernel's. pagetable.c: G4, G5
 */
extern PERCPU(struct arch_pagetable *, loaded_space);
extern PERCPU(struct arch_pagetable *, loaded_space_before);

/*
 * Make every other CPU load another space than @pt, which ends. Context: preemption off, @pt not
 * loaded here.
 */
void tlb_unload_elsewhere(struct arch_pagetable *pt);
/* What other CPUs are to forget: pages of a space. */
struct tlb_range {
	const struct arch_pagetable *pt;
	vaddr_t start, end;
};
/*
 * Forget the translations of @range on this CPU. False: it has that space loaded for no thread, or
 * had it before; tlb_flush_here() is to be called. Context: interrupts off.
 */
bool tlb_flush_range_here(const struct tlb_range *range) __must_check;
/*
 * Forget all translations on this CPU, of the kernel's half too if @kernel; if the loaded space
 * ends, or is not that of the current thread, load the kernel's. Context: interrupts off.
 */
void tlb_flush_here(bool kernel);
