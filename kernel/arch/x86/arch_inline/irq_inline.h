/* SPDX-License-Identifier: MIT */
#pragma once

#include "lib/compiler.h"
#include "sync/latency_hooks.h"

#define X86_EFLAGS_IF_BIT 0x200UL

static __always_inline void arch_irq_enable(void)
{
	latency_irqs_on();
	__asm__ volatile("sti" ::: "memory");
}

static __always_inline void arch_irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
	latency_irqs_off();
}

static __always_inline bool arch_irq_enabled(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; pop %0" : "=rm"(flags)::"memory");
	return flags & X86_EFLAGS_IF_BIT;
}

/* Save and restore that trace/latency.c does not see: for its own use. */
static __always_inline unsigned long arch_irq_save_unseen(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; pop %0; cli" : "=rm"(flags)::"memory");
	return flags;
}

static __always_inline void arch_irq_restore_unseen(unsigned long flags)
{
	if (flags & X86_EFLAGS_IF_BIT)
		__asm__ volatile("sti" ::: "memory");
}

static __always_inline unsigned long arch_irq_save(void)
{
	unsigned long flags = arch_irq_save_unseen();

	if (LATENCY_BUILD && (flags & X86_EFLAGS_IF_BIT))
		latency_irqs_off();
	return flags;
}

static __always_inline void arch_irq_restore(unsigned long flags)
{
	if (LATENCY_BUILD && (flags & X86_EFLAGS_IF_BIT))
		latency_irqs_on();
	arch_irq_restore_unseen(flags);
}
