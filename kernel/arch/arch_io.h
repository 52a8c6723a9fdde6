/* SPDX-License-Identifier: MIT */
/*
 * How drivers (dev/) reach their devices. Most have registers in memory, which kmap_device maps;
 * for those at places that only the platform knows there are functions below.
 *
 * The body defines mmio_read8/16/32(register) and mmio_write8/16/32(register, value). The accesses
 * of one CPU reach the device in program order, and after all its earlier stores to memory.
 */
#pragma once

#include "lib/compiler.h"

#include <arch_inline/io_inline.h>

/* The interrupt line of the 16550 that is the first serial port; negative: there is none. */
int arch_uart_line(void);
/* Its register @number. Only if arch_uart_line knows one. Context: any. */
u8 arch_uart_read(unsigned number);
void arch_uart_write(unsigned number, u8 value);

/* Does the machine have PCI? Boot. */
bool arch_pci_present(void);
/*
 * Configuration space of a function, @id being bus << 8 | slot << 3 | function; @offset is a
 * multiple of the size, below 256. Only if there is PCI. Context: any.
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
