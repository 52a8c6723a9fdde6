// SPDX-License-Identifier: MIT
#include "unit_virtio.h"
#include "unit_memory.h"
#include "unit_sleep.h"
#include "unit_test.h"

#include <linux/virtio_config.h>

#include "mm/slab.h"

struct unit_virtio unit_virtio;

static u64 features_get(struct virtio_device *device)
{
	return unit_virtio.features;
}

static void features_set(struct virtio_device *device, u64 features)
{
	unit_virtio.features = features;
}

static u8 status_get(struct virtio_device *device)
{
	return unit_now_ns < unit_virtio.resets_until_ns ? VIRTIO_CONFIG_S_FAILED
							 : unit_virtio.status;
}

static void status_set(struct virtio_device *device, u8 status)
{
	assert_true(unit_now_ns >= unit_virtio.resets_until_ns || status == VIRTIO_CONFIG_S_FAILED);
	unit_virtio.status = status;
	if (!status)
		unit_virtio.resets_until_ns = unit_now_ns + unit_virtio.reset_takes_ns;
}

static u32 queue_size_max(struct virtio_device *device, unsigned index)
{
	return index < unit_virtio.nr_queues ? unit_virtio.queue_size : 0;
}

static int queue_start(struct virtio_device *device, struct virtqueue *vq)
{
	unit_virtio.queues[vq->index] = vq;
	return 0;
}

static u32 config_read(struct virtio_device *device, unsigned offset, unsigned size)
{
	u32 value = 0;

	assert_true(offset + size <= sizeof(unit_virtio.config));
	memcpy(&value, unit_virtio.config + offset, size);
	if (unit_virtio.nr_changes) { /* behind the driver's back */
		unit_virtio.nr_changes--;
		unit_virtio.generation++;
		unit_virtio.config[offset]++;
	}
	return value;
}

static u32 config_generation(struct virtio_device *device)
{
	return unit_virtio.generation;
}

static void notify(struct virtqueue *vq)
{
	assert_ptr_equal(vq, unit_virtio.queues[vq->index]);
	unit_virtio.notified(vq);
}

static int interrupt_route(struct virtio_device *device)
{
	return 0;
}

static const struct virtio_transport transport = {
	.features_get = features_get,
	.features_set = features_set,
	.status_get = status_get,
	.status_set = status_set,
	.queue_size_max = queue_size_max,
	.queue_start = queue_start,
	.config_read = config_read,
	.config_generation = config_generation,
	.notify = notify,
	.interrupt_route = interrupt_route,
};

struct virtio_device *unit_virtio_init(u32 id, u64 features)
{
	static struct virtio_device device;

	unit_memory_init(MIB(4));
	slab_init(0x5ec2e7a11f00d5UL);
	memset(&unit_virtio, 0, sizeof(unit_virtio));
	unit_virtio.features = BIT(VIRTIO_F_VERSION_1) | features;
	device = (struct virtio_device){.transport = &transport, .device_id = id};
	return &device;
}
