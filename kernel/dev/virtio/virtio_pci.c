// SPDX-License-Identifier: MIT
/*
 * virtio_pci.c -- virtio devices on the PCI bus, modern interface.
 *
 * Idea.  Vendor capabilities give the BAR and the offset of the common registers, of the notify
 *   registers and of the device's own configuration, which not all have. All queues share one
 *   MSI-X vector.
 * Ownership.  Devices live as long as the kernel.
 * See also.  VIRTIO 1.1, 4.1.
 */
#define LOG_SUBSYS "virtio"
#include "arch/arch_io.h"
#include "core/log.h"
#include "dev/pci/pci.h"
#include "dev/virtio/virtqueue.h"
#include "mm/kmalloc.h"

#include <linux/errno.h>
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>

#define PCI_VENDOR_VIRTIO 0x1af4
#define PCI_DEVICE_TRANSITIONAL 0x1000
#define PCI_DEVICE_MODERN_BASE 0x1040
#define PCI_DEVICE_MODERN_LAST 0x107f
#define VECTOR_ALL 0 /* the one MSI-X vector that is used */

struct virtio_pci_device {
	struct virtio_device device;
	struct pci_device *pci; /* [I] */
	u8 *common;		/* [I] struct virtio_pci_common_cfg */
	u8 *notify_base;	/* [I] */
	u32 notify_multiplier;	/* [I] */
	u32 notify_bytes;	/* [I] that are mapped */
	u8 *config;		/* [I] the device's own configuration, or NULL */
	u32 config_bytes;	/* [I] that are mapped */
};

#define COMMON(field) offsetof(struct virtio_pci_common_cfg, field)

static struct virtio_pci_device *pci_of(struct virtio_device *device)
{
	return container_of(device, struct virtio_pci_device, device);
}

static u64 vpci_features_get(struct virtio_device *device)
{
	u8 *c = pci_of(device)->common;
	u64 low;

	mmio_write32(c + COMMON(device_feature_select), 0);
	low = mmio_read32(c + COMMON(device_feature));
	mmio_write32(c + COMMON(device_feature_select), 1);
	return (u64)mmio_read32(c + COMMON(device_feature)) << 32 | low;
}

static void vpci_features_set(struct virtio_device *device, u64 features)
{
	u8 *c = pci_of(device)->common;

	mmio_write32(c + COMMON(guest_feature_select), 0);
	mmio_write32(c + COMMON(guest_feature), (u32)features);
	mmio_write32(c + COMMON(guest_feature_select), 1);
	mmio_write32(c + COMMON(guest_feature), (u32)(features >> 32));
}

static u8 vpci_status_get(struct virtio_device *device)
{
	return mmio_read8(pci_of(device)->common + COMMON(device_status));
}

static void vpci_status_set(struct virtio_device *device, u8 status)
{
	mmio_write8(pci_of(device)->common + COMMON(device_status), status);
}

static u32 vpci_queue_size_max(struct virtio_device *device, unsigned index)
{
	u8 *c = pci_of(device)->common;

	if (index >= mmio_read16(c + COMMON(num_queues)))
		return 0;
	mmio_write16(c + COMMON(queue_select), (u16)index);
	return mmio_read16(c + COMMON(queue_size));
}

static void vpci_write_address(u8 *reg, const void *p)
{
	paddr_t pa = virt_to_phys(p);

	mmio_write32(reg, (u32)pa);
	mmio_write32(reg + 4, (u32)(pa >> 32));
}

static int vpci_queue_start(struct virtio_device *device, struct virtqueue *vq)
{
	struct virtio_pci_device *p = pci_of(device);
	u8 *c = p->common;
	u64 notify;

	mmio_write16(c + COMMON(queue_select), vq->index);
	notify = (u64)mmio_read16(c + COMMON(queue_notify_off)) * p->notify_multiplier;
	if (notify + sizeof(u16) > p->notify_bytes)
		return -ENXIO;
	mmio_write16(c + COMMON(queue_size), vq->size);
	mmio_write16(c + COMMON(queue_msix_vector), VECTOR_ALL);
	if (mmio_read16(c + COMMON(queue_msix_vector)) != VECTOR_ALL)
		return -ENOSPC;
	vpci_write_address(c + COMMON(queue_desc_lo), vq->descriptors);
	vpci_write_address(c + COMMON(queue_avail_lo), vq->available);
	vpci_write_address(c + COMMON(queue_used_lo), vq->used);
	vq->notify_register = p->notify_base + notify;
	mmio_write16(c + COMMON(queue_enable), 1);
	return 0;
}

static u32 vpci_config_read(struct virtio_device *device, unsigned offset, unsigned size)
{
	const struct virtio_pci_device *p = pci_of(device);
	const u8 *at = p->config + offset;

	if (!p->config || offset + size > p->config_bytes)
		return 0;
	return size == 4 ? mmio_read32(at) : size == 2 ? mmio_read16(at) : mmio_read8(at);
}

static u32 vpci_config_generation(struct virtio_device *device)
{
	return mmio_read8(pci_of(device)->common + COMMON(config_generation));
}

static void vpci_notify(struct virtqueue *vq)
{
	mmio_write16(vq->notify_register, vq->index);
}

static void vpci_interrupt(void *data)
{
	virtio_device_interrupt(data);
}

static int vpci_interrupt_route(struct virtio_device *device)
{
	return pci_msix_route(pci_of(device)->pci, VECTOR_ALL, vpci_interrupt, device);
}

static const struct virtio_transport pci_transport = {
	.features_get = vpci_features_get,
	.features_set = vpci_features_set,
	.status_get = vpci_status_get,
	.status_set = vpci_status_set,
	.queue_size_max = vpci_queue_size_max,
	.queue_start = vpci_queue_start,
	.config_read = vpci_config_read,
	.config_generation = vpci_config_generation,
	.notify = vpci_notify,
	.interrupt_route = vpci_interrupt_route,
};

/* Map what capability @at describes, if it is of a kind that we need and long enough. */
static void vpci_map_capability(struct virtio_pci_device *p, unsigned at)
{
	u8 type = pci_config_read8(p->pci, at + VIRTIO_PCI_CAP_CFG_TYPE);
	u8 bar = pci_config_read8(p->pci, at + VIRTIO_PCI_CAP_BAR);
	u32 offset = pci_config_read32(p->pci, at + VIRTIO_PCI_CAP_OFFSET);
	u32 len = pci_config_read32(p->pci, at + VIRTIO_PCI_CAP_LENGTH);

	if (type == VIRTIO_PCI_CAP_COMMON_CFG && !p->common &&
	    len >= sizeof(struct virtio_pci_common_cfg))
		p->common = pci_map_registers(p->pci, bar, offset, len);
	if (type == VIRTIO_PCI_CAP_NOTIFY_CFG && !p->notify_base) {
		p->notify_base = pci_map_registers(p->pci, bar, offset, len);
		p->notify_bytes = len;
		p->notify_multiplier = pci_config_read32(p->pci, at + VIRTIO_PCI_NOTIFY_CAP_MULT);
	}
	if (type == VIRTIO_PCI_CAP_DEVICE_CFG && !p->config) {
		p->config = pci_map_registers(p->pci, bar, offset, len);
		p->config_bytes = len;
	}
}

static void vpci_probe(struct pci_device *pci, const struct virtio_driver *const *drivers)
{
	struct virtio_pci_device *p = kzalloc(sizeof(*p), 0);
	unsigned at = 0;

	if (!p)
		return;
	p->pci = pci;
	p->device.transport = &pci_transport;
	p->device.device_id = pci->device >= PCI_DEVICE_MODERN_BASE
				      ? pci->device - (u32)PCI_DEVICE_MODERN_BASE
				      : pci_config_read16(pci, PCI_SUBSYSTEM_ID);
	pci_enable(pci);
	for (unsigned i = 0; i < PCI_CAPABILITIES_MAX; i++) {
		at = pci_find_capability(pci, PCI_CAP_ID_VNDR, at);
		if (!at)
			break;
		vpci_map_capability(p, at);
	}
	if (!p->common || !p->notify_base) {
		log_warn("device %u has no modern interface that can be used", p->device.device_id);
		kfree(p);
		return;
	}
	if (virtio_device_add(&p->device, drivers) == -ENODEV)
		kfree(p); /* no driver: nothing refers to it */
}

void virtio_pci_init(const struct virtio_driver *const *drivers)
{
	for (struct pci_device *pci = pci_next(NULL); pci; pci = pci_next(pci))
		if (pci->vendor == PCI_VENDOR_VIRTIO && pci->device >= PCI_DEVICE_TRANSITIONAL &&
		    pci->device <= PCI_DEVICE_MODERN_LAST)
			vpci_probe(pci, drivers);
}
