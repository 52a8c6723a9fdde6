/* SPDX-License-Identifier: MIT */
#pragma once

#include "lib/compiler.h"

extern bool unit_irqs_off; /* no interrupt comes in any case; only the code under test asks */

static inline void arch_irq_enable(void)
{
	unit_irqs_off = false;
}

static inline void arch_irq_disable(void)
{
	unit_irqs_off = true;
}

static inline bool arch_irq_enabled(void)
{
	return !unit_irqs_off;
}

static inline unsigned long arch_irq_save(void)
{
	unsigned long were_off = unit_irqs_off;

	unit_irqs_off = true;
	return were_off;
}

static inline void arch_irq_restore(unsigned long were_off)
{
	unit_irqs_off = were_off;
}

static inline unsigned long arch_irq_save_unseen(void)
{
	return arch_irq_save();
}

static inline void arch_irq_restore_unseen(unsigned long were_off)
{
	arch_irq_restore(were_off);
}
