// SPDX-License-Identifier: MIT
/*
 * virtio_mmio.c -- virtio devices whose registers are at a fixed physical address.
 *
 * Idea.  The devices cannot be enumerated. The command line has an option for each,
 *   `virtio_mmio.device=SIZE@ADDRESS:LINE`. On a machine without such an option and without PCI,
 *   they may be where its platform has them (arch_virtio_slots); an empty slot has device number 0.
 * Ownership.  Devices live as long as the kernel.
 * Cost.  Two reads for each empty slot.
 * See also.  VIRTIO 1.1, 4.2.
 */
#define LOG_SUBSYS "virtio"
#include "arch/arch_io.h"
#include "arch/arch_platform.h"
#include "core/cmdline.h"
#include "core/log.h"
#include "dev/pci/pci.h"
#include "dev/virtio/virtqueue.h"
#include "lib/parse.h"
#include "mm/kmalloc.h"
#include "mm/kmap.h"

#include <linux/errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>

#define MMIO_MAGIC 0x74726976 /* "virt" */
#define MMIO_VERSION_MODERN 2
#define MMIO_REGISTERS_BYTES 512

struct virtio_mmio_device {
	struct virtio_device device;
	u8 *registers; /* [I] */
	unsigned line; /* [I] */
};

static u8 *registers_of(struct virtio_device *device)
{
	return container_of(device, struct virtio_mmio_device, device)->registers;
}

static u64 mmio_features_get(struct virtio_device *device)
{
	u8 *r = registers_of(device);
	u64 low;

	mmio_write32(r + VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
	low = mmio_read32(r + VIRTIO_MMIO_DEVICE_FEATURES);
	mmio_write32(r + VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	return (u64)mmio_read32(r + VIRTIO_MMIO_DEVICE_FEATURES) << 32 | low;
}

static void mmio_features_set(struct virtio_device *device, u64 features)
{
	u8 *r = registers_of(device);

	mmio_write32(r + VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	mmio_write32(r + VIRTIO_MMIO_DRIVER_FEATURES, (u32)features);
	mmio_write32(r + VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	mmio_write32(r + VIRTIO_MMIO_DRIVER_FEATURES, (u32)(features >> 32));
}

static u8 mmio_status_get(struct virtio_device *device)
{
	return (u8)mmio_read32(registers_of(device) + VIRTIO_MMIO_STATUS);
}

static void mmio_status_set(struct virtio_device *device, u8 status)
{
	mmio_write32(registers_of(device) + VIRTIO_MMIO_STATUS, status);
}

static u32 mmio_queue_size_max(struct virtio_device *device, unsigned index)
{
	mmio_write32(registers_of(device) + VIRTIO_MMIO_QUEUE_SEL, index);
	return mmio_read32(registers_of(device) + VIRTIO_MMIO_QUEUE_NUM_MAX);
}

static void mmio_write_address(u8 *r, unsigned low_register, unsigned high_register, const void *p)
{
	paddr_t pa = virt_to_phys(p);

	mmio_write32(r + low_register, (u32)pa);
	mmio_write32(r + high_register, (u32)(pa >> 32));
}

static int mmio_queue_start(struct virtio_device *device, struct virtqueue *vq)
{
	u8 *r = registers_of(device);

	mmio_write32(r + VIRTIO_MMIO_QUEUE_SEL, vq->index);
	mmio_write32(r + VIRTIO_MMIO_QUEUE_NUM, vq->size);
	mmio_write_address(r, VIRTIO_MMIO_QUEUE_DESC_LOW, VIRTIO_MMIO_QUEUE_DESC_HIGH,
			   vq->descriptors);
	mmio_write_address(r, VIRTIO_MMIO_QUEUE_AVAIL_LOW, VIRTIO_MMIO_QUEUE_AVAIL_HIGH,
			   vq->available);
	mmio_write_address(r, VIRTIO_MMIO_QUEUE_USED_LOW, VIRTIO_MMIO_QUEUE_USED_HIGH, vq->used);
	mmio_write32(r + VIRTIO_MMIO_QUEUE_READY, 1);
	vq->notify_register = r + VIRTIO_MMIO_QUEUE_NOTIFY;
	return 0;
}

static u32 mmio_config_read(struct virtio_device *device, unsigned offset, unsigned size)
{
	const u8 *at = registers_of(device) + VIRTIO_MMIO_CONFIG + offset;

	if (VIRTIO_MMIO_CONFIG + offset + size > MMIO_REGISTERS_BYTES)
		return 0;
	return size == 4 ? mmio_read32(at) : size == 2 ? mmio_read16(at) : mmio_read8(at);
}

static u32 mmio_config_generation(struct virtio_device *device)
{
	return mmio_read32(registers_of(device) + VIRTIO_MMIO_CONFIG_GENERATION);
}

static void mmio_notify(struct virtqueue *vq)
{
	mmio_write32(vq->notify_register, vq->index);
}

static void mmio_interrupt(void *data)
{
	struct virtio_mmio_device *m = data;
	u32 status = mmio_read32(m->registers + VIRTIO_MMIO_INTERRUPT_STATUS);

	/* Acknowledge first: what happens from here on raises the line again. */
	mmio_write32(m->registers + VIRTIO_MMIO_INTERRUPT_ACK, status);
	virtio_device_interrupt(&m->device);
}

static int mmio_interrupt_route(struct virtio_device *device)
{
	struct virtio_mmio_device *m = container_of(device, struct virtio_mmio_device, device);

	return arch_irq_route_line(m->line, IRQ_EDGE, mmio_interrupt, m);
}

static const struct virtio_transport mmio_transport = {
	.features_get = mmio_features_get,
	.features_set = mmio_features_set,
	.status_get = mmio_status_get,
	.status_set = mmio_status_set,
	.queue_size_max = mmio_queue_size_max,
	.queue_start = mmio_queue_start,
	.config_read = mmio_config_read,
	.config_generation = mmio_config_generation,
	.notify = mmio_notify,
	.interrupt_route = mmio_interrupt_route,
};

/*
 * Look for a device at @r, and give it to its driver. True: there is a slot, with or without a
 * device.
 */
static bool mmio_probe(u8 *r, unsigned line, const struct virtio_driver *const *drivers)
{
	struct virtio_mmio_device *m;
	u32 id;

	if (mmio_read32(r + VIRTIO_MMIO_MAGIC_VALUE) != MMIO_MAGIC)
		return false;
	id = mmio_read32(r + VIRTIO_MMIO_DEVICE_ID);
	if (!id)
		return true;
	if (mmio_read32(r + VIRTIO_MMIO_VERSION) != MMIO_VERSION_MODERN) {
		log_warn("device %u on line %u speaks only the legacy interface", id, line);
		return true;
	}
	m = kzalloc(sizeof(*m), 0);
	if (!m)
		return true;
	m->device.transport = &mmio_transport;
	m->device.device_id = id;
	m->registers = r;
	m->line = line;
	if (virtio_device_add(&m->device, drivers) == -ENODEV)
		kfree(m); /* no driver: nothing refers to it */
	return true;
}

/* SIZE@ADDRESS:LINE */
static int mmio_parse(const char *text, u64 *size, u64 *address, u64 *line)
{
	const char *at;
	char number[24];
	size_t len = 0;

	while (text[len] && text[len] != '@' && len + 1 < sizeof(number)) {
		number[len] = text[len];
		len++;
	}
	number[len] = '\0';
	if (text[len] != '@' || parse_size(number, size))
		return -EINVAL;
	if (parse_u64_prefix(text + len + 1, 0, address, &at) || *at != ':')
		return -EINVAL;
	return parse_u64_prefix(at + 1, 0, line, &at);
}

/* Probe the slots that @slots describes. False: they are not there. */
static bool mmio_scan_slots(const struct arch_virtio_slots *slots,
			    const struct virtio_driver *const *drivers)
{
	u8 *r = kmap_device(slots->base, slots->nr_slots * MMIO_REGISTERS_BYTES, KMAP_UNCACHED);
	const u8 *last;

	if (!r)
		return false;
	last = r + (slots->nr_slots - 1) * MMIO_REGISTERS_BYTES;
	if (mmio_read32(last + VIRTIO_MMIO_MAGIC_VALUE) != MMIO_MAGIC) {
		kmap_device_unmap(r);
		return false;
	}
	for (unsigned i = 0; i < slots->nr_slots; i++)
		if (!mmio_probe(r + i * MMIO_REGISTERS_BYTES, slots->line + i, drivers))
			break;
	return true;
}

static void mmio_scan_platform(const struct virtio_driver *const *drivers)
{
	const struct arch_virtio_slots *slots;

	for (unsigned i = 0; (slots = arch_virtio_slots(i)); i++)
		if (mmio_scan_slots(slots, drivers))
			break;
}

void virtio_mmio_init(const struct virtio_driver *const *drivers)
{
	u64 size, address, line;
	char text[64];
	unsigned i;
	u8 *r;

	for (i = 0; cmdline_string_at("virtio_mmio.device", i, text, sizeof(text)); i++) {
		if (mmio_parse(text, &size, &address, &line)) {
			log_warn("virtio_mmio.device=%s is not of the form SIZE@ADDRESS:LINE",
				 text);
			continue;
		}
		r = kmap_device(address, max(size, (u64)MMIO_REGISTERS_BYTES), KMAP_UNCACHED);
		if (r && !mmio_probe(r, (unsigned)line, drivers))
			log_warn("no virtio device at %#lx", address);
	}
	if (!i && !pci_present())
		mmio_scan_platform(drivers);
}
