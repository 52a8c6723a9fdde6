/* SPDX-License-Identifier: MIT */
/* Which port of a virtio console is ours. */
#pragma once

#include "dev/virtio/virtqueue.h"

struct virtio_console_port {
	u32 id;
	struct virtqueue *receive, *transmit;
	struct virtqueue *control; /* what we tell the device; NULL: there is only one port */
};

/*
 * Make the queues, start the device, and find the port that the host gave it: the first that it
 * announces, or port 0 when it knows of no ports. Context: probe.
 * Returns: 0, -ENODEV, -ENOMEM.
 */
int virtio_console_port_choose(struct virtio_device *device, void (*received)(struct virtqueue *vq),
			       void (*transmitted)(struct virtqueue *vq),
			       struct virtio_console_port *out) __must_check;
/* Tell the device that we listen on it. */
void virtio_console_port_open(struct virtio_console_port *port);
