// SPDX-License-Identifier: MIT
/*
 * irq_route.c -- the interrupts of devices: each has a vector and a handler.
 *
 * Idea.  A slot for each vector. Lines go through the I/O APIC, messages directly to the local
 *   APIC; either way one CPU takes the vector, the one that has asked for it. So a slot's count has
 *   one writer. What CPUs get from themselves and each other has no slots: entry/trap.c counts it,
 *   by trap and CPU, and /proc/interrupts shows both.
 * Locks. slots_lock, to claim one. A slot is not given back while its device may interrupt.
 * Tests. tests/system/cpus.t, tests/guest/time/time_system.c (the counts).
 */
#include "arch/arch_irq.h"
#include "arch/arch_cpu.h"
#include "arch/x86/cpu/acpi.h"
#include "arch/x86/entry/trap.h"
#include "arch/x86/irq/ioapic.h"
#include "arch/x86/irq/lapic.h"
#include "arch/x86/platform/ports.h"
#include "core/errno.h"
#include "core/trap_table.h"
#include "lib/fmt.h"
#include "sync/spinlock.h"

#define NR_DEVICE_VECTORS (VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST + 1)
#define MESSAGE_ADDRESS 0xfee00000UL

struct SHARED irq_slot {
	irq_handler_t handler; /* [I] once set        */
	void *data;	       /* [I]                 */
	u32 line;	       /* [I] ~0: a message   */
	u32 cpu;	       /* [I] that takes the vector */
	u64 count;	       /* [p] of that CPU     */
};

static struct irq_slot slots[NR_DEVICE_VECTORS];
static struct spinlock slots_lock = SPINLOCK_INIT(leaf);

void arch_irq_init(void)
{
	/* The old pair of 8259s may raise vectors that mean exceptions: mask every line of both. */
	port_out8(0x21, 0xff);
	port_out8(0xa1, 0xff);
	lapic_init();
	ioapic_init();
}

/* Claim a slot, whose vector this CPU takes. Context: preemption off until it is routed. */
static int claim_slot(irq_handler_t handler, void *data, u32 line, u32 *vector)
{
	int err = -ENOSPC;

	spin_lock(&slots_lock);
	for (u32 i = 0; i < NR_DEVICE_VECTORS && err == -ENOSPC; i++) {
		if (slots[i].handler && line != ~0U && slots[i].line == line)
			err = -EBUSY;
		/* Vector 0x80 is int 0x80. */
		if (slots[i].handler || VECTOR_DEVICE_FIRST + i == VECTOR_SYSCALL_LEGACY)
			continue;
		slots[i].line = line;
		slots[i].data = data;
		slots[i].cpu = arch_cpu_id();
		__atomic_store_n(&slots[i].handler, handler, __ATOMIC_RELEASE);
		*vector = VECTOR_DEVICE_FIRST + i;
		err = 0;
	}
	spin_unlock(&slots_lock);
	return err;
}

/* Free the slot of a line that no controller has, so that it cannot interrupt. */
static void release_slot(u32 vector)
{
	spin_lock(&slots_lock);
	slots[vector - VECTOR_DEVICE_FIRST].handler = NULL;
	spin_unlock(&slots_lock);
}

int arch_irq_route_line(unsigned line, unsigned flags, irq_handler_t handler, void *data)
{
	bool level = flags & IRQ_LEVEL, active_low = flags & IRQ_ACTIVE_LOW;
	u32 vector;
	int err;

	acpi_translate_irq(&line, &level, &active_low);
	preempt_disable();
	err = claim_slot(handler, data, line, &vector);
	if (!err) {
		err = ioapic_route(line, vector, level, active_low);
		if (err)
			release_slot(vector);
	}
	preempt_enable();
	return err;
}

int arch_irq_route_message(irq_handler_t handler, void *data, u64 *address_out, u32 *data_out)
{
	u32 vector;
	int err;

	preempt_disable();
	err = claim_slot(handler, data, ~0U, &vector);
	if (!err) {
		*address_out = MESSAGE_ADDRESS | lapic_id() << 12;
		*data_out = vector;
	}
	preempt_enable();
	return err;
}

void arch_trap_device(struct trap_frame *frame, const struct trap_info *info)
{
	struct irq_slot *slot;

	(void)frame;
	if (info->vector < VECTOR_DEVICE_FIRST || info->vector > VECTOR_DEVICE_LAST)
		return;
	slot = &slots[info->vector - VECTOR_DEVICE_FIRST];
	slot->count++;
	if (slot->handler)
		slot->handler(slot->data);
}

/* ---- what /proc shows ---- */

static const struct {
	enum x86_trap trap;
	const char *abbreviation, *name; /* those of Linux */
} others[] = {
	{X86_TRAP_NMI, "NMI", "Non-maskable interrupts"},
	{X86_TRAP_TIMER, "LOC", "Local timer interrupts"},
	{X86_TRAP_SPURIOUS, "SPU", "Spurious interrupts"},
	{X86_TRAP_RESCHED, "RES", "Rescheduling interrupts"},
	{X86_TRAP_FLUSH, "TLB", "TLB shootdowns"},
	{X86_TRAP_MACHINE_CHECK, "MCE", "Machine check exceptions"},
};

bool arch_irq_source(unsigned index, struct irq_source *out)
{
	unsigned other = index - NR_DEVICE_VECTORS;

	*out = (struct irq_source){NULL, ""};
	if (index < NR_DEVICE_VECTORS) {
		const struct irq_slot *slot = &slots[index];

		if (slot->handler && slot->line == ~0U)
			ksnprintf(out->name, sizeof(out->name), "MSI vector %u",
				  VECTOR_DEVICE_FIRST + index);
		else if (slot->handler)
			ksnprintf(out->name, sizeof(out->name), "IO-APIC line %u", slot->line);
		return true;
	}
	if (other >= ARRAY_SIZE(others))
		return false;
	out->abbreviation = others[other].abbreviation;
	ksnprintf(out->name, sizeof(out->name), "%s", others[other].name);
	return true;
}

u64 arch_irq_count(unsigned index, unsigned cpu)
{
	if (index >= NR_DEVICE_VECTORS)
		return trap_table_total_on(others[index - NR_DEVICE_VECTORS].trap, cpu);
	return slots[index].cpu == cpu ? READ_ONCE(slots[index].count) : 0;
}
