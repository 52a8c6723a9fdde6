/* SPDX-License-Identifier: MIT */
/* The port of a virtio console that is used. */
#pragma once

#include "dev/virtio/virtqueue.h"

struct virtio_console_port {
	u32 id;
	struct virtqueue *receive, *transmit;
	struct virtqueue *control; /* to the device; NULL: the device has only one port */
};

/*
 * Create the queues, start the device, and choose the port: the first that it announces; port 0 if
 * it has only one, or announces none for 10 s, which is logged. Context: probe; may sleep.
 * Returns: 0, -ENODEV, -ENOMEM.
 */
int virtio_console_port_choose(struct virtio_device *device, void (*received)(struct virtqueue *vq),
			       void (*transmitted)(struct virtqueue *vq),
			       struct virtio_console_port *out) __must_check;
/* Tell the device that the port is open. */
void virtio_console_port_open(struct virtio_console_port *port);
