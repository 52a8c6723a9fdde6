/* SPDX-License-Identifier: MIT */
/* What programs are and are told on this architecture: for exec. */
#pragma once

#include "lib/compiler.h"

/* e_machine of a program's ELF header. */
u16 arch_program_elf_machine(void);

struct arch_program_hints {
	u64 hwcap, hwcap2;		   /* AT_HWCAP, AT_HWCAP2                    */
	u64 min_signal_stack;		   /* AT_MINSIGSTKSZ: room for a signal frame */
	const char *platform;		   /* AT_PLATFORM                            */
	vaddr_t position_independent_base; /* where such programs start, before randomisation */
};
void arch_program_hints(struct arch_program_hints *hints);

/*
 * The shared object mapped into every program, which tells the time without a call (the vDSO). It
 * expects struct clock_page (time/clock_page.h) in the page before it.
 */
const void *arch_program_vdso(size_t *size_bytes);
