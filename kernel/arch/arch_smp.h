/* SPDX-License-Identifier: MIT */
/* Other CPUs. Only one runs today. */
#pragma once

#include "arch/arch_cpu.h"

/* CPUs that are up. */
unsigned arch_smp_nr_cpus(void);
/*
 * Make @cpu reschedule soon (by an inter-processor interrupt if it is another). Context: any.
 */
void arch_smp_send_resched(unsigned cpu);
