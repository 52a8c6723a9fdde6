/* SPDX-License-Identifier: MIT */
#pragma once

#include "lib/compiler.h"

#define X86_EFLAGS_IF_BIT 0x200UL

static __always_inline void arch_irq_enable(void)
{
	__asm__ volatile("sti" ::: "memory");
}

static __always_inline void arch_irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static __always_inline bool arch_irq_enabled(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; pop %0" : "=rm"(flags)::"memory");
	return flags & X86_EFLAGS_IF_BIT;
}

static __always_inline unsigned long arch_irq_save(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; pop %0; cli" : "=rm"(flags)::"memory");
	return flags;
}

static __always_inline void arch_irq_restore(unsigned long flags)
{
	if (flags & X86_EFLAGS_IF_BIT)
		__asm__ volatile("sti" ::: "memory");
}
