/* SPDX-License-Identifier: MIT */
/*
 * Interrupts on this CPU, and routing of device interrupts to handlers.
 *
 * The body defines arch_irq_save, arch_irq_restore, arch_irq_enable, arch_irq_disable,
 * arch_irq_enabled; and arch_irq_save_unseen and arch_irq_restore_unseen, which do not call
 * sync/latency_hooks.h.
 */
#pragma once

#include "lib/compiler.h"

typedef unsigned long irq_state_t;

#include <arch_inline/irq_inline.h>

/* A device's interrupt handler; interrupt context, interrupts off. */
typedef void (*irq_handler_t)(void *data);

/* Bring up the interrupt controllers of the boot CPU, everything masked. */
void arch_irq_init(void);
/*
 * Route the platform's interrupt line @line to @handler on this CPU, level- or edge-triggered
 * as the firmware says or @flags force. Returns 0, -EBUSY (line in use), -ENOSPC (no vector),
 * -ENODEV. Context: task.
 */
#define IRQ_LEVEL 1U
#define IRQ_ACTIVE_LOW 2U
#define IRQ_EDGE 4U
int arch_irq_route_line(unsigned line, unsigned flags, irq_handler_t handler, void *data)
	__must_check;
/*
 * Allocate a message-signalled interrupt for @handler: the device must write @data_out to
 * @address_out. Returns 0, -ENOSPC. Context: task.
 */
int arch_irq_route_message(irq_handler_t handler, void *data, u64 *address_out, u32 *data_out)
	__must_check;
/*
 * Describe interrupt source @index, for /proc/interrupts: first come the slots of devices, then
 * what CPUs get from themselves and each other. False: there is no such source.
 */
struct irq_source {
	const char *abbreviation; /* NULL: a slot, known by its number */
	char name[40];		  /* empty: no device uses the slot    */
};
bool arch_irq_source(unsigned index, struct irq_source *out);
/* How often source @index has interrupted CPU @cpu, which runs. Context: any. */
u64 arch_irq_count(unsigned index, unsigned cpu);
