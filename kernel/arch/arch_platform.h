/* SPDX-License-Identifier: MIT */
/* The board around the CPU: what no bus tells of, in whatever way it is reached. */
#pragma once

#include "lib/compiler.h"

/*
 * Power off, reset: by the firmware's tables, else as the platform has always done it. Halts if
 * neither works. Context: any.
 */
_Noreturn void arch_machine_poweroff(void);
_Noreturn void arch_machine_reboot(void);

/* The interrupt line of the 16550 that is the first serial port; negative: there is none. */
int arch_uart_line(void);
/* Its register @number. Only if arch_uart_line knows one. Context: any. */
u8 arch_uart_read(unsigned number);
void arch_uart_write(unsigned number, u8 value);

/*
 * PCI's configuration space of a function, @id being bus << 8 | slot << 3 | function; @offset is a
 * multiple of the size, below 256. All ones: there is no such function, or no PCI. Context: any.
 */
u32 arch_pci_read32(u32 id, unsigned offset);
void arch_pci_write16(u32 id, unsigned offset, u16 value);

/*
 * Where virtio-mmio devices may be that neither PCI nor the command line tells of: possibility
 * @index, NULL past the last. In the right one every slot shows virtio's magic number.
 */
struct arch_virtio_slots {
	paddr_t base;		 /* the slots follow each other */
	unsigned nr_slots, line; /* the interrupt line of the first; the others' follow */
};
const struct arch_virtio_slots *arch_virtio_slots(unsigned index);
