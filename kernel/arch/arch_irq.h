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
 * Route the platform's interrupt line @line to @handler, level- or edge-triggered as the firmware
 * says or @flags force. Returns 0, -EBUSY (line in use), -ENOSPC (no vector),
 * -ENODEV. Context: task.
 */
#define IRQ_LEVEL 1U
#define IRQ_ACTIVE_LOW 2U
#define IRQ_EDGE 4U
int arch_irq_route_line(unsigned line, unsigned flags, irq_handler_t handler, void *data)
	__must_check;
/*
 * Allocate a message-signalled interrupt for @handler: the device must write message->data to
 * message->address. @message stays: when the interrupt is to go to another CPU, its address changes
 * and moved() is called (spinlock held), which tells the device. Returns 0, -ENOSPC. Context: task.
 */
struct irq_message {
	u64 address;
	u32 data;
	void (*moved)(struct irq_message *message); /* [I] */
};
int arch_irq_route_message(irq_handler_t handler, void *data, struct irq_message *message)
	__must_check;
/*
 * The CPUs that device slot @index (arch_irq_source) may interrupt, as they were asked for; the one
 * that it interrupts; and a change: 0, or -EINVAL if none of @cpus is up, or the controller cannot
 * name it. IRQ_SLOT_DEFAULT: what slots have at first. A handler runs on one CPU at a time.
 * Context: task.
 */
#define IRQ_SLOT_DEFAULT (~0U)
u64 arch_irq_affinity(unsigned index);
unsigned arch_irq_cpu(unsigned index);
int arch_irq_set_affinity(unsigned index, u64 cpus) __must_check;
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
