/* SPDX-License-Identifier: MIT */
/* Other CPUs. One runs today; every caller is written for several. */
#pragma once

#include "arch/arch_cpu.h"

/* CPUs that are up. */
unsigned arch_smp_nr_cpus(void);
/*
 * Ask @cpu to look at its run queue soon (an inter-processor interrupt when it is another).
 * Context: any.
 */
void arch_smp_send_resched(unsigned cpu);
