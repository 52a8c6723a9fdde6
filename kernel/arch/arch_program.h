/* SPDX-License-Identifier: MIT */
/* What exec needs to know of the architecture's programs. */
#pragma once

#include "lib/compiler.h"

/* e_machine of a program's ELF header. */
u16 arch_program_elf_machine(void);

struct arch_program_hints {
	u64 hwcap, hwcap2;    /* AT_HWCAP, AT_HWCAP2                    */
	u64 min_signal_stack; /* AT_MINSIGSTKSZ: room for a signal frame */
	const char *platform; /* AT_PLATFORM                            */
	/* where such programs are loaded, before randomisation */
	vaddr_t position_independent_base;
};
void arch_program_hints(struct arch_program_hints *hints);

/*
 * The shared object that is mapped into every program, for the time without a system call (the
 * vDSO). It expects struct clock_page (time/clock_page.h) in the page before it.
 */
const void *arch_program_vdso(size_t *size_bytes);
