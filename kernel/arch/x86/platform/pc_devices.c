// SPDX-License-Identifier: MIT
/*
 * Where a PC has its devices, and QEMU's microvm those that no bus enumerates.
 *
 * Locks.  config_lock: PCI's address port and data port are used as a pair.
 */
#include "arch/arch_platform.h"
#include "arch/x86/platform/ports.h"
#include "core/assert.h"
#include "sync/spinlock.h"

#define UART_PORT 0x3f8 /* the first serial port */
#define UART_LINE 4

/* PCI Local Bus 3.0, 3.2.2.3.2: mechanism 1 */
#define PCI_ADDRESS_PORT 0xcf8
#define PCI_DATA_PORT 0xcfc
#define PCI_ADDRESS_ENABLE 0x80000000U

static struct spinlock config_lock = SPINLOCK_INIT(leaf_irq);

int arch_uart_line(void)
{
	return UART_LINE;
}

u8 arch_uart_read(unsigned number)
{
	return port_in8((u16)(UART_PORT + number));
}

void arch_uart_write(unsigned number, u8 value)
{
	port_out8((u16)(UART_PORT + number), value);
}

static void choose_register(u32 id, unsigned offset) REQUIRES(&config_lock)
{
	assert_spin_held(&config_lock);
	debug_assert(offset < 256 && id < 0x10000); /* mechanism 1 reaches no more */
	port_out32(PCI_ADDRESS_PORT, PCI_ADDRESS_ENABLE | id << 8 | (offset & 0xfc));
}

/* Where nothing answers, neither the controller nor a function, all bits read as ones. */
u32 arch_pci_read32(u32 id, unsigned offset)
{
	irq_state_t irq = spin_lock_irq_save(&config_lock);
	u32 value;

	choose_register(id, offset);
	value = port_in32(PCI_DATA_PORT);
	spin_unlock_irq_restore(&config_lock, irq);
	return value;
}

void arch_pci_write16(u32 id, unsigned offset, u16 value)
{
	irq_state_t irq = spin_lock_irq_save(&config_lock);

	debug_assert(!(offset & 1));
	choose_register(id, offset);
	port_out16((u16)(PCI_DATA_PORT + (offset & 2)), value);
	spin_unlock_irq_restore(&config_lock, irq);
}

const struct arch_virtio_slots *arch_virtio_slots(unsigned index)
{
	/* With a second interrupt controller, whose lines they use; and without. */
	static const struct arch_virtio_slots microvm[] = {
		{.base = 0xfeb00000UL, .nr_slots = 24, .line = 24},
		{.base = 0xfeb00000UL, .nr_slots = 8, .line = 5},
	};

	return index < ARRAY_SIZE(microvm) ? &microvm[index] : NULL;
}
