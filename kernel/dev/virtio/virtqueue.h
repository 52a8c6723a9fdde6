/* SPDX-License-Identifier: MIT */
/*
 * Virtio devices as their drivers see them, whatever the transport beneath: features,
 * configuration, and split virtqueues (Virtual I/O Device 1.1, chapters 2 and 3).
 */
#pragma once

#include "arch/arch_irq.h"
#include "lib/compiler.h"

#include <linux/virtio_ring.h>

#define VIRTQUEUE_SIZE_MAX 128 /* all of a queue then fits into one frame */
#define VIRTIO_QUEUES_MAX 8

struct virtio_device;
struct virtqueue;

/* What a transport does. */
struct virtio_transport {
	u64 (*features_get)(struct virtio_device *device);
	void (*features_set)(struct virtio_device *device, u64 features);
	u8 (*status_get)(struct virtio_device *device);
	void (*status_set)(struct virtio_device *device, u8 status);
	/* The device's limit for queue @index; 0: no such queue. */
	u32 (*queue_size_max)(struct virtio_device *device, unsigned index);
	/* Tell the device where @vq is, and enable it. 0 or error. */
	int (*queue_start)(struct virtio_device *device, struct virtqueue *vq);
	void (*notify)(struct virtqueue *vq);
	/* Route the device's interrupt to virtio_device_interrupt(device). */
	int (*interrupt_route)(struct virtio_device *device);
};

/* The caller of all functions of one queue excludes other callers by a lock of its own. */
struct virtqueue {
	struct virtio_device *device; /* [I]                                             */
	void (*callback)(struct virtqueue *vq); /* [I] interrupt context: look at the queue */
	struct vring_desc *descriptors;	  /* [I] chains, linked by `next` also while free    */
	struct vring_avail *available;	  /* [I] what we offer                               */
	struct vring_used *used;	  /* [I] what the device is done with                */
	void *notify_register;		  /* [I] the transport's                             */
	u16 index, size;		  /* [I]                                             */
	u16 free_head, nr_free;		  /* descriptors that stand in no chain              */
	u16 available_index;		  /* next entry to offer; published by the kick      */
	u16 published_index;		  /* what the device knows of                        */
	u16 used_index;			  /* next entry to look at                           */
	void *tokens[VIRTQUEUE_SIZE_MAX]; /* by head of chain                              */
};

struct virtio_device {
	const struct virtio_transport *transport;    /* [I]                                  */
	u32 device_id;				     /* [I] VIRTIO_ID_*                      */
	u64 features;				     /* [I] negotiated                       */
	struct virtqueue *queues[VIRTIO_QUEUES_MAX]; /* [I] once the device runs          */
	void *driver_data;			     /* [I]                                  */
};

/* A piece of memory to hand to the device, in the direct map. */
struct virtqueue_buffer {
	void *data;
	u32 len_bytes;
};

/* A driver: what it is for, and how it takes a device. */
struct virtio_driver {
	u32 device_id;
	u64 features; /* what it understands beyond VIRTIO_F_VERSION_1 */
	/* Set up queues, then virtio_device_start. 0, or error: the device is marked failed. */
	int (*probe)(struct virtio_device *device);
};

/*
 * Give @device (found and mapped by its transport) to the driver among @drivers that fits. 0;
 * -ENODEV (nothing refers to @device, whose memory the caller may free); another error (the device
 * failed, and its memory stays).
 */
int virtio_device_add(struct virtio_device *device, const struct virtio_driver *const *drivers)
	__must_check;
/* Make queue @index. 0, -ENODEV, -ENOMEM. Context: probe. */
int virtio_queue_create(struct virtio_device *device, unsigned index,
			void (*callback)(struct virtqueue *vq), struct virtqueue **out)
	__must_check;
/* The queues stand: let the device run. */
void virtio_device_start(struct virtio_device *device);
/* The transport's interrupt: calls the queues' callbacks. */
void virtio_device_interrupt(struct virtio_device *device);

/*
 * Offer a chain: @nr_out buffers that the device reads, then @nr_in that it writes. It sees them at
 * the next kick.
 * 0, -ENOSPC.
 */
int virtqueue_add(struct virtqueue *vq, const struct virtqueue_buffer *buffers, unsigned nr_out,
		  unsigned nr_in, void *token) __must_check;
/*
 * Let the device see what was added. True when it wants to be told, by virtqueue_notify, which
 * needs no lock.
 */
bool virtqueue_publish(struct virtqueue *vq) __must_check;
void virtqueue_notify(struct virtqueue *vq);
/* Both. */
void virtqueue_kick(struct virtqueue *vq);
/*
 * Publish, and tell the device only if it had used up all that it knew: for queues of buffers that
 * it fills.
 */
void virtqueue_kick_if_starved(struct virtqueue *vq);
/* The token of a chain that the device is done with, and the bytes it wrote; NULL: none. */
void *virtqueue_take_used(struct virtqueue *vq, u32 *len_bytes);
/*
 * Ask for interrupts, or not. After enabling look once more: what came before is not announced
 * again.
 */
void virtqueue_interrupts_enable(struct virtqueue *vq);
void virtqueue_interrupts_disable(struct virtqueue *vq);

/* Find devices: the transports. Boot. */
void virtio_mmio_init(const struct virtio_driver *const *drivers);
void virtio_pci_init(const struct virtio_driver *const *drivers);
