/* SPDX-License-Identifier: MIT */
/* How far programs are limited: the machine's side of option regime= (core/regime.h). */
#pragma once

enum regime {
	REGIME_NONE,	    /* programs run in kernel mode, interrupts off                   */
	REGIME_COOPERATIVE, /* user mode and traps; an interrupt never switches programs     */
	REGIME_PREEMPTIVE,  /* the same, and the timer takes the CPU back                    */
	NR_REGIMES
};

/*
 * Patch the entry code for @regime. Boot, once: after the CPU's features were detected, while the
 * code is still writable, before arch_kernel_map_init and arch_traps_install.
 */
void arch_regime_install(enum regime regime);
