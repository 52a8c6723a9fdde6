/* SPDX-License-Identifier: MIT */
/*
 * PCI: the functions on the bus, their configuration space, registers and message-signalled
 * interrupts.
 */
#pragma once

#include "arch/arch_irq.h"
#include "lib/list.h"

#define PCI_NR_BARS 6
#define PCI_CAPABILITIES_MAX 48 /* that fit; more are a broken list, which may be a ring */

struct SHARED pci_device {
	struct list_node node;	/* [I] after pci_init, in the list of all       */
	u8 bus, slot, function; /* [I]                                          */
	u16 vendor, device;	/* [I]                                          */
	u32 class_code;		/* [I] class, subclass, interface: 24 bits      */
	void *msix_table;	/* [o] mapped                                   */
	u16 msix_capability;	/* [o] offset of the capability; 0: not set up  */
	u16 nr_msix_vectors;	/* [o]                                          */
};

/* Find all functions. Boot. */
void pci_init(void);
/* Does the machine have PCI? */
bool pci_present(void);
/* The next function after @from (NULL: the first), in bus order, or NULL. */
struct pci_device *pci_next(struct pci_device *from);

/* Access to configuration space. @offset is a multiple of the size. Context: any. */
u8 pci_config_read8(const struct pci_device *device, unsigned offset);
u16 pci_config_read16(const struct pci_device *device, unsigned offset);
u32 pci_config_read32(const struct pci_device *device, unsigned offset);
void pci_config_write16(const struct pci_device *device, unsigned offset, u16 value);
/* The offset of the next capability @id after the one at @after (0: the first); 0: none. */
unsigned pci_find_capability(const struct pci_device *device, u8 id, unsigned after);

/* Enable memory decoding and bus mastering, and disable INTx. */
void pci_enable(struct pci_device *device);
/*
 * Map @len_bytes of registers at @offset of @bar; NULL: there are none, or no memory. Context:
 * task. The size of the BAR is not checked: to read it, the BAR would have to be moved.
 */
void *pci_map_registers(struct pci_device *device, unsigned bar, u32 offset, u32 len_bytes);
/*
 * Route MSI-X vector @index to @handler (interrupt context), and enable MSI-X. 0, -ENODEV, -ENOMEM,
 * -ENOSPC. Context: boot.
 */
int pci_msix_route(struct pci_device *device, unsigned index, irq_handler_t handler, void *data)
	__must_check;
