/* SPDX-License-Identifier: MIT */
/* How tightly programs are held: the machine's side of option regime= (core/regime.h). */
#pragma once

enum regime {
	REGIME_NONE,	    /* programs are called in kernel mode, interrupts off            */
	REGIME_COOPERATIVE, /* user mode and traps; an interrupt never changes the program   */
	REGIME_PREEMPTIVE,  /* and the timer takes the CPU back                              */
	NR_REGIMES
};

/*
 * Make the entry code that of @regime. Boot, once: after the CPU's features were found, while code
 * is still writable, before arch_kernel_map_init and arch_traps_install.
 */
void arch_regime_install(enum regime regime);
