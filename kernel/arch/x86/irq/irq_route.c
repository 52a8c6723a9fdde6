// SPDX-License-Identifier: MIT
/*
 * Device interrupts: each has a vector and a handler. Lines go through the I/O APIC, messages
 * directly to the local APIC.
 */
#include "arch/arch_irq.h"
#include "arch/arch_cpu.h"
#include "arch/x86/cpu/acpi.h"
#include "arch/x86/entry/trap.h"
#include "arch/x86/irq/ioapic.h"
#include "arch/x86/irq/lapic.h"
#include "arch/x86/platform/ports.h"
#include "arch/x86/smp/smp.h"
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
	u64 count;	       /* [p] of the CPU that takes the vector */
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
	err = claim_slot(handler, data, line, &vector);
	if (err)
		return err;
	err = ioapic_route(line, vector, level, active_low);
	if (err)
		release_slot(vector);
	return err;
}

int arch_irq_route_message(irq_handler_t handler, void *data, u64 *address_out, u32 *data_out)
{
	u32 vector;
	int err = claim_slot(handler, data, ~0U, &vector);

	if (err)
		return err;
	*address_out = MESSAGE_ADDRESS | lapic_id() << 12;
	*data_out = vector;
	return 0;
}

void arch_trap_device(struct trap_frame *frame, const struct trap_info *info)
{
	struct irq_slot *slot;

	(void)frame;
	if (info->vector < VECTOR_DEVICE_FIRST || info->vector > VECTOR_DEVICE_LAST) {
		if (info->vector == VECTOR_FLUSH)
			smp_answer();
		return;
	}
	slot = &slots[info->vector - VECTOR_DEVICE_FIRST];
	slot->count++;
	if (slot->handler)
		slot->handler(slot->data);
}

bool arch_irq_statistics(unsigned index, char *name, size_t size, u64 *count)
{
	if (index >= NR_DEVICE_VECTORS)
		return false;
	*name = '\0';
	*count = slots[index].count;
	if (slots[index].handler) {
		if (slots[index].line == ~0U)
			ksnprintf(name, size, "MSI vector %u", VECTOR_DEVICE_FIRST + index);
		else
			ksnprintf(name, size, "IO-APIC line %u", slots[index].line);
	}
	return true;
}
