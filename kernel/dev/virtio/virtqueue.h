/* SPDX-License-Identifier: MIT */
/*
 * Virtio devices as drivers see them, independent of the transport: features and split virtqueues
 * (Virtual I/O Device 1.1, chapters 2 and 3).
 */
#pragma once

#include "arch/arch_irq.h"
#include "lib/compiler.h"

#include <linux/virtio_ring.h>

#define VIRTQUEUE_SIZE_MAX 128 /* the three arrays of a queue then fit into one page */
#define VIRTIO_QUEUES_MAX 8

struct virtio_device;
struct virtqueue;

/* The operations of a transport. */
struct virtio_transport {
	u64 (*features_get)(struct virtio_device *device);
	void (*features_set)(struct virtio_device *device, u64 features);
	u8 (*status_get)(struct virtio_device *device);
	void (*status_set)(struct virtio_device *device, u8 status);
	/* The device's limit for queue @index; 0: no such queue. */
	u32 (*queue_size_max)(struct virtio_device *device, unsigned index);
	/* Tell the device the addresses of @vq, and enable the queue. 0 or error. */
	int (*queue_start)(struct virtio_device *device, struct virtqueue *vq);
	void (*notify)(struct virtqueue *vq);
	/*
	 * @size (1, 2 or 4) bytes at @offset of the device's own configuration; 0 where it has
	 * none.
	 */
	u32 (*config_read)(struct virtio_device *device, unsigned offset, unsigned size);
	/* A number that is another one when the configuration has changed. */
	u32 (*config_generation)(struct virtio_device *device);
	/* Route the device's interrupt to virtio_device_interrupt(device). */
	int (*interrupt_route)(struct virtio_device *device);
};

/* All functions on one queue are called with the driver's lock for it held. */
struct virtqueue {
	struct virtio_device *device; /* [I]                                             */
	void (*callback)(struct virtqueue *vq); /* [I] for used buffers; interrupt context  */
	struct vring_desc *descriptors;	  /* [I] `next` links chains and the free list       */
	struct vring_avail *available;	  /* [I] chains offered to the device                */
	struct vring_used *used;	  /* [I] chains that the device has used             */
	void *notify_register;		  /* [I] the transport's                             */
	u16 index, size;		  /* [I]                                             */
	u16 free_head, nr_free;		  /* descriptors in no chain                         */
	u16 available_index;		  /* next entry to fill                              */
	u16 published_index;		  /* end of the entries that the device may read     */
	u16 used_index;			  /* next used entry to read                         */
	void *tokens[VIRTQUEUE_SIZE_MAX]; /* the driver's, by head of chain                */
};

struct virtio_device {
	const struct virtio_transport *transport;    /* [I]                                  */
	u32 device_id;				     /* [I] VIRTIO_ID_*                      */
	u64 features;				     /* [I] negotiated                       */
	struct virtqueue *queues[VIRTIO_QUEUES_MAX]; /* [I] once the device runs         */
	void *driver_data;			     /* [I]                                  */
};

/* A part of a chain: memory in the direct map. */
struct virtqueue_buffer {
	void *data;
	u32 len_bytes;
};

/* A driver for devices of one kind. */
struct virtio_driver {
	u32 device_id;
	u64 features; /* supported, besides VIRTIO_F_VERSION_1 */
	/*
	 * Create queues, then virtio_device_start. 0, or error: the device is marked failed. May
	 * sleep.
	 */
	int (*probe)(struct virtio_device *device);
};

/*
 * Give @device (found and mapped by its transport) to the driver among @drivers that fits. 0;
 * -ENODEV (nothing refers to @device, whose memory the caller may free); another error (the device
 * failed, and its memory stays).
 */
int virtio_device_add(struct virtio_device *device, const struct virtio_driver *const *drivers)
	__must_check;
/*
 * Create queue @index: 0, -ENODEV (no such queue), -ENOMEM, or an error of the transport. Context:
 * probe.
 */
int virtio_queue_create(struct virtio_device *device, unsigned index,
			void (*callback)(struct virtqueue *vq), struct virtqueue **out)
	__must_check;
/*
 * The number of @size (1, 2, 4 or 8) bytes at @offset of the device's own configuration, as it was
 * at one moment: 2.5.1 and 4.2.2.2. Context: task.
 */
u64 virtio_config_read(struct virtio_device *device, unsigned offset, unsigned size);
/*
 * End all that the device does: it has forgotten its queues, and touches no memory. 0, -ETIMEDOUT.
 * Context: task; may sleep.
 */
int virtio_device_reset(struct virtio_device *device) __must_check;
/* All queues are created: let the device run. */
void virtio_device_start(struct virtio_device *device);
/*
 * A pause of a driver that looks for something the device is to do. *@nr_looks: 0 at first, counts
 * the calls. Returns: false after 10 s: the device is not going to do it. Context: probe; may
 * sleep.
 */
bool virtio_pause(unsigned *nr_looks) __must_check;
/* Call the queues' callbacks: for transports, in their interrupt. */
void virtio_device_interrupt(struct virtio_device *device);

/*
 * Offer a chain: @nr_out buffers that the device reads, then @nr_in that it writes. The device sees
 * them after the next publish or kick. 0, -ENOSPC.
 */
int virtqueue_add(struct virtqueue *vq, const struct virtqueue_buffer *buffers, unsigned nr_out,
		  unsigned nr_in, void *token) __must_check;
/*
 * Let the device see what was added. True: it needs a notification. virtqueue_notify sends one, and
 * may be called without the driver's lock.
 */
bool virtqueue_publish(struct virtqueue *vq) __must_check;
void virtqueue_notify(struct virtqueue *vq);
/* Publish, and notify the device if it needs it. */
void virtqueue_kick(struct virtqueue *vq);
/*
 * Publish, and notify the device only if it had used all published buffers: for queues that it
 * fills.
 */
void virtqueue_kick_if_starved(struct virtqueue *vq);
/* Take a used chain: its token, and in *len_bytes (may be NULL) the bytes written; NULL: none. */
void *virtqueue_take_used(struct virtqueue *vq, u32 *len_bytes);
/*
 * Whether the device interrupts for used chains. After enabling look for used chains once more: the
 * device does not interrupt for those from before.
 */
void virtqueue_interrupts_enable(struct virtqueue *vq);
void virtqueue_interrupts_disable(struct virtqueue *vq);

/* Find the devices of one transport and give them to @drivers, which ends with NULL. Boot. */
void virtio_mmio_init(const struct virtio_driver *const *drivers);
void virtio_pci_init(const struct virtio_driver *const *drivers);
