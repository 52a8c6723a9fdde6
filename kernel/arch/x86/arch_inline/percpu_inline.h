/* SPDX-License-Identifier: MIT */
/* Variables of each CPU: how far its area is from the image's section, at %gs or in a table. */
#pragma once

#include "arch/arch_cpu.h"

/* [I] A CPU without an area has PERCPU_NOWHERE: each access is a general protection fault. */
extern u64 percpu_offsets[CPUS_MAX];
extern unsigned percpu_nr_areas; /* [I] */
#define PERCPU_NOWHERE (1UL << 62)

#define PERCPU(type, name) __attribute__((section(".bss.percpu"))) __typeof__(type) name

/* Through an integer: the compiler must not conclude that the result is within the section. */
#define PERCPU_AT(name, offset) ((__typeof__(&(name)))((u64)(&(name)) + (offset)))
#define arch_this_cpu(name) PERCPU_AT(name, PERCPU_READ(offset))
#define on_cpu(name, cpu) PERCPU_AT(name, percpu_offsets[cpu])

static __always_inline unsigned percpu_nr(void)
{
	return percpu_nr_areas;
}
