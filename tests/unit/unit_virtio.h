/* SPDX-License-Identifier: MIT */
// UNIT: dev/virtio/virtqueue.c lib/string.c mm/boot_alloc.c mm/buddy.c mm/page_alloc.c mm/slab.c
// UNIT: mm/fail_alloc.c mm/slab_check.c mm/slab_debug.c mm/kmalloc.c mm/account.c mm/box.c
// UNIT: mm/memory_wait.c mm/user_account.c
/*
 * A virtio device as its driver sees it: features, status and queues. What it does with the chains
 * in the queues is the test's.
 */
#pragma once

#include "dev/virtio/virtqueue.h"

struct unit_virtio {
	u64 features; /* offered; then those that the driver has accepted */
	u8 status;
	u64 reset_takes_ns; /* it answers VIRTIO_CONFIG_S_FAILED for so long */
	u64 resets_until_ns;
	unsigned nr_queues;
	u32 queue_size;
	struct virtqueue *queues[VIRTIO_QUEUES_MAX]; /* that the driver has started */
	u8 config[64];
	u32 generation;
	unsigned nr_changes; /* of what is read, each time that something is read */
	void (*notified)(struct virtqueue *vq);
};
extern struct unit_virtio unit_virtio;

/*
 * Memory anew, and a device of @id that offers VERSION_1 and @features and has met no driver yet.
 */
struct virtio_device *unit_virtio_init(u32 id, u64 features);
