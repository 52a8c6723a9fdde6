/* SPDX-License-Identifier: MIT */
/* Variables of each CPU are arrays on the host, where a test sets the CPU (unit_current_cpu). */
#pragma once

#include "arch/arch_cpu.h"

#define PERCPU(type, name) __typeof__(type) name[CPUS_MAX]
#define arch_this_cpu(name) (&(name)[arch_cpu_id()])
#define on_cpu(name, cpu) (&(name)[cpu])

static inline unsigned percpu_nr(void)
{
	return CPUS_MAX;
}
