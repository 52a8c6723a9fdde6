// SPDX-License-Identifier: MIT
/*
 * pci.c -- the functions of the PCI bus.
 *
 * Idea.  The platform reaches configuration space (arch/arch_platform.h), and the firmware has
 *   assigned the BARs. The scan begins at bus 0 and follows bridges, so that it
 *   accesses only buses that exist. Interrupts are message-signalled (MSI-X); interrupt pins are
 *   not used.
 * Ownership.  Devices live as long as the kernel.
 * Cost.  One access per slot (32 a bus), about 1 us each on an emulated machine.
 */
#define LOG_SUBSYS "pci"
#include "dev/pci/pci.h"

#include "arch/arch_io.h"
#include "arch/arch_platform.h"
#include "core/assert.h"
#include "core/log.h"
#include "mm/kmalloc.h"
#include "mm/kmap.h"

#include <linux/errno.h>
#include <linux/pci_regs.h>

#define PCI_CLASS_BRIDGE_PCI 0x0604
#define PCI_BUSES_DEPTH_MAX 8

static struct list_node all_devices = LIST_INIT(all_devices); /* [I] after pci_init */
static bool bus_present;				      /* [I] after pci_init */

static u32 id_of(const struct pci_device *d)
{
	return (u32)d->bus << 8 | (u32)d->slot << 3 | d->function;
}

u32 pci_config_read32(const struct pci_device *device, unsigned offset)
{
	return arch_pci_read32(id_of(device), offset);
}

u16 pci_config_read16(const struct pci_device *device, unsigned offset)
{
	debug_assert(!(offset & 1));
	return (u16)(pci_config_read32(device, offset) >> ((offset & 2) * 8));
}

u8 pci_config_read8(const struct pci_device *device, unsigned offset)
{
	return (u8)(pci_config_read32(device, offset) >> ((offset & 3) * 8));
}

void pci_config_write16(const struct pci_device *device, unsigned offset, u16 value)
{
	arch_pci_write16(id_of(device), offset, value);
}

unsigned pci_find_capability(const struct pci_device *device, u8 id, unsigned after)
{
	unsigned at;

	if (!(pci_config_read16(device, PCI_STATUS) & PCI_STATUS_CAP_LIST))
		return 0;
	at = after ? pci_config_read8(device, after + PCI_CAP_LIST_NEXT)
		   : pci_config_read8(device, PCI_CAPABILITY_LIST);
	for (unsigned hops = 0; at >= 0x40 && hops < PCI_CAPABILITIES_MAX; hops++) {
		at &= 0xfc;
		if (pci_config_read8(device, at + PCI_CAP_LIST_ID) == id)
			return at;
		at = pci_config_read8(device, at + PCI_CAP_LIST_NEXT);
	}
	return 0;
}

static void pci_scan_bus(unsigned bus, unsigned depth);

/* Add one function, and the bus behind it: its header type; -1: there is no such function. */
static int pci_scan_function(unsigned bus, unsigned slot, unsigned function, unsigned depth)
{
	struct pci_device probe = {.bus = (u8)bus, .slot = (u8)slot, .function = (u8)function}, *d;
	u32 id = pci_config_read32(&probe, PCI_VENDOR_ID);
	int header_type;

	if (id == 0xffffffffU || id == 0)
		return -1;
	probe.vendor = (u16)id;
	probe.device = (u16)(id >> 16);
	probe.class_code = pci_config_read32(&probe, PCI_CLASS_REVISION) >> 8;
	header_type = pci_config_read8(&probe, PCI_HEADER_TYPE);
	d = kmemdup(&probe, sizeof(probe), 0);
	if (!d)
		return header_type;
	list_add_last(&all_devices, &d->node);
	log_debug("%02x:%02x.%x %04x:%04x class %06x", bus, slot, function, d->vendor, d->device,
		  d->class_code);
	if (d->class_code >> 8 == PCI_CLASS_BRIDGE_PCI && depth < PCI_BUSES_DEPTH_MAX) {
		unsigned secondary = pci_config_read8(d, PCI_SECONDARY_BUS);

		if (secondary > bus)
			pci_scan_bus(secondary, depth + 1);
	}
	return header_type;
}

static void pci_scan_bus(unsigned bus, unsigned depth)
{
	for (unsigned slot = 0; slot < 32; slot++) {
		int header_type = pci_scan_function(bus, slot, 0, depth);

		if (header_type >= 0 && header_type & 0x80)
			for (unsigned function = 1; function < 8; function++)
				pci_scan_function(bus, slot, function, depth);
	}
}

void pci_init(void)
{
	/* Slot 0 of bus 0 has the bridge from the CPU. */
	bus_present = arch_pci_read32(0, PCI_VENDOR_ID) != ~0U;
	if (bus_present)
		pci_scan_bus(0, 0);
}

bool pci_present(void)
{
	return bus_present;
}

struct pci_device *pci_next(struct pci_device *from)
{
	struct list_node *next = from ? from->node.next : all_devices.next;

	return next == &all_devices ? NULL : list_entry(next, struct pci_device, node);
}

void pci_enable(struct pci_device *device)
{
	u16 command = pci_config_read16(device, PCI_COMMAND);

	command |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE;
	pci_config_write16(device, PCI_COMMAND, command);
}

/* The physical address in @bar; 0: it is an I/O BAR or was not assigned. */
static paddr_t pci_bar_base(const struct pci_device *device, unsigned bar)
{
	unsigned offset = PCI_BASE_ADDRESS_0 + bar * 4;
	u32 low = pci_config_read32(device, offset), high = 0;

	if (low & PCI_BASE_ADDRESS_SPACE_IO)
		return 0;
	if ((low & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64 &&
	    bar + 1 < PCI_NR_BARS)
		high = pci_config_read32(device, offset + 4);
	return (u64)high << 32 | (low & (u32)PCI_BASE_ADDRESS_MEM_MASK);
}

void *pci_map_registers(struct pci_device *device, unsigned bar, u32 offset, u32 len_bytes)
{
	paddr_t base;

	if (bar >= PCI_NR_BARS || !len_bytes || len_bytes > MIB(16))
		return NULL;
	base = pci_bar_base(device, bar);
	return base ? kmap_device(base + offset, len_bytes, KMAP_UNCACHED) : NULL;
}

static int pci_msix_setup(struct pci_device *device)
{
	unsigned at = pci_find_capability(device, PCI_CAP_ID_MSIX, 0);
	u32 table;

	if (!at)
		return -ENODEV;
	device->nr_msix_vectors =
		(u16)((pci_config_read16(device, at + PCI_MSIX_FLAGS) & PCI_MSIX_FLAGS_QSIZE) + 1);
	table = pci_config_read32(device, at + PCI_MSIX_TABLE);
	device->msix_table =
		pci_map_registers(device, table & PCI_MSIX_TABLE_BIR, table & PCI_MSIX_TABLE_OFFSET,
				  device->nr_msix_vectors * (u32)PCI_MSIX_ENTRY_SIZE);
	if (!device->msix_table)
		return -ENOMEM;
	device->msix_capability = (u16)at;
	return 0;
}

/* A vector of a device: an entry of its table. */
struct msix_vector {
	struct irq_message message;
	u8 *entry;
};

/* The entry is masked meanwhile: a device may read it at any time (PCI 3.0, 6.8.3.5). */
static void write_entry(struct irq_message *message)
{
	u8 *entry = container_of(message, struct msix_vector, message)->entry;

	mmio_write32(entry + PCI_MSIX_ENTRY_VECTOR_CTRL, PCI_MSIX_ENTRY_CTRL_MASKBIT);
	mmio_write32(entry + PCI_MSIX_ENTRY_LOWER_ADDR, (u32)message->address);
	mmio_write32(entry + PCI_MSIX_ENTRY_UPPER_ADDR, (u32)(message->address >> 32));
	mmio_write32(entry + PCI_MSIX_ENTRY_DATA, message->data);
	mmio_write32(entry + PCI_MSIX_ENTRY_VECTOR_CTRL, 0);
}

static void msix_enable(const struct pci_device *device)
{
	u16 flags = pci_config_read16(device, device->msix_capability + PCI_MSIX_FLAGS);

	pci_config_write16(device, device->msix_capability + PCI_MSIX_FLAGS,
			   (u16)((flags | PCI_MSIX_FLAGS_ENABLE) & ~PCI_MSIX_FLAGS_MASKALL));
}

int pci_msix_route(struct pci_device *device, unsigned index, irq_handler_t handler, void *data)
{
	struct msix_vector *vector;
	int err = device->msix_capability ? 0 : pci_msix_setup(device);

	if (err)
		return err;
	if (index >= device->nr_msix_vectors)
		return -ENOSPC;
	vector = kmalloc(sizeof(*vector), 0);
	if (!vector)
		return -ENOMEM;
	vector->message = (struct irq_message){.moved = write_entry};
	vector->entry = (u8 *)device->msix_table + index * PCI_MSIX_ENTRY_SIZE;
	err = arch_irq_route_message(handler, data, &vector->message);
	if (err) {
		kfree(vector);
		return err;
	}
	msix_enable(device);
	write_entry(&vector->message);
	return 0;
}
