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
	struct list_node node;	/* [I] in the list of all, after pci_init       */
	u8 bus, slot, function; /* [I]                                          */
	u16 vendor, device;	/* [I]                                          */
	u32 class_code;		/* [I] class, subclass, interface: 24 bits      */
	void *msix_table;	/* [o] mapped                                   */
	u16 msix_capability;	/* [o] offset of it; 0: none                    */
	u16 nr_msix_vectors;	/* [o]                                          */
};

/* Find all functions. Boot; quick when there is no PCI. */
void pci_init(void);
/* Is there a bus at all? */
bool pci_present(void);
/* The next function after @from (NULL: the first), in bus order, or NULL. */
struct pci_device *pci_next(struct pci_device *from);

/* Configuration space. @offset is aligned to the access. */
u8 pci_config_read8(const struct pci_device *device, unsigned offset);
u16 pci_config_read16(const struct pci_device *device, unsigned offset);
u32 pci_config_read32(const struct pci_device *device, unsigned offset);
void pci_config_write16(const struct pci_device *device, unsigned offset, u16 value);
void pci_config_write32(const struct pci_device *device, unsigned offset, u32 value);
/* Offset of the next capability with @id after offset @after (0: the first), or 0. */
unsigned pci_find_capability(const struct pci_device *device, u8 id, unsigned after);

/* Turn on the function's memory decoding and its own access to memory. */
void pci_enable(struct pci_device *device);
/*
 * @len_bytes of registers at @offset of @bar, mapped, or NULL: no such thing, or no memory.
 * Context: task. The size of the BAR is not asked for: that would move it about.
 */
void *pci_map_registers(struct pci_device *device, unsigned bar, u32 offset, u32 len_bytes);
/*
 * Deliver MSI-X vector @index to @handler. Enables MSI-X with the first one. 0, -ENODEV, -ENOMEM,
 * -ENOSPC.
 */
int pci_msix_route(struct pci_device *device, unsigned index, irq_handler_t handler, void *data)
	__must_check;
