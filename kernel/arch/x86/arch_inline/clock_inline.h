/* SPDX-License-Identifier: MIT */
#pragma once

#include "lib/compiler.h"

static __always_inline u64 arch_clock_cycles(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return low | (u64)high << 32;
}

static __always_inline u64 arch_clock_cycles_ordered(void)
{
	u32 low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
	return low | (u64)high << 32;
}
