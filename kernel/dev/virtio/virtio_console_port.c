// SPDX-License-Identifier: MIT
/*
 * virtio_console_port.c -- the choice of a port of a virtio console (VIRTIO 1.1, 5.3.6.2).
 *
 * Idea.  A device with several ports has a control queue each way. The driver says that it is
 *   ready; the device announces its ports; the driver says that its port is open. A port other than
 *   0 is needed: QEMU drops what a "console" (port 0) sends while the host is slow, but makes a
 *   "serial port" wait. The control queue is not read afterwards: its few buffers fill up, and the
 *   device drops further messages.
 * Ownership.  Everything lives as long as the kernel.
 * Tests.  virtio_console_port_test.c
 */
#define LOG_SUBSYS "console"
#include "dev/virtio/virtio_console_port.h"

#include "core/assert.h"
#include "core/log.h"
#include "lib/string.h"
#include "mm/page_alloc.h"

#include <linux/errno.h>
#include <linux/virtio_console.h>

#define QUEUE_CONTROL_RECEIVE 2
#define QUEUE_CONTROL_TRANSMIT 3
#define QUEUE_PORT1 4
#define NR_MESSAGES 16
#define MESSAGE_BYTES 64 /* a port's name may follow the message */

/* Memory for control messages: a page for each direction. */
struct messages {
	u8 *in, *out;
	unsigned nr_out; /* used of out */
};

static struct messages messages; /* [o] of the probe */

static void say(struct virtqueue *vq, u32 id, u16 event)
{
	struct virtio_console_control message = {.id = id, .event = event, .value = 1};
	u8 *place = messages.out + messages.nr_out * MESSAGE_BYTES;
	struct virtqueue_buffer buffer = {.data = place, .len_bytes = sizeof(message)};

	if (messages.nr_out == NR_MESSAGES)
		return;
	messages.nr_out++;
	memcpy(place, &message, sizeof(message));
	ignore_result(virtqueue_add(vq, &buffer, 1, 0, place),
		      "there are fewer messages than descriptors");
}

static int messages_alloc(struct virtqueue *in)
{
	struct page *page_in = page_alloc_one(PAGE_KERNEL), *page_out = page_alloc_one(PAGE_KERNEL);

	if (!page_in || !page_out)
		return -ENOMEM;
	messages = (struct messages){page_to_virt(page_in), page_to_virt(page_out), 0};
	for (unsigned i = 0; i < NR_MESSAGES; i++) {
		struct virtqueue_buffer buffer = {.data = messages.in + i * MESSAGE_BYTES,
						  .len_bytes = MESSAGE_BYTES};

		ignore_result(virtqueue_add(in, &buffer, 0, 1, buffer.data),
			      "there are fewer than descriptors");
	}
	return 0;
}

/* Has the device announced a port? */
static bool take_port(struct virtqueue *in, u32 *id)
{
	struct virtio_console_control message;
	const void *answer;

	while ((answer = virtqueue_take_used(in, NULL))) {
		memcpy(&message, answer, sizeof(message));
		if (message.event == VIRTIO_CONSOLE_PORT_ADD && message.id <= 1) {
			*id = message.id;
			return true;
		}
	}
	return false;
}

/* The first port that the device announces, or 0. */
static u32 wait_for_port(struct virtqueue *in)
{
	unsigned nr_looks = 0;
	u32 id;

	while (!take_port(in, &id)) {
		if (!virtio_pause(&nr_looks)) {
			log_warn("no port was announced; port 0 is tried");
			return 0;
		}
	}
	return id;
}

/* Create the queues of both ports and the control queues. */
static int make_queues(struct virtio_device *device, void (*received)(struct virtqueue *vq),
		       void (*transmitted)(struct virtqueue *vq), struct virtqueue *queues[6])
{
	unsigned count = device->features & BIT(VIRTIO_CONSOLE_F_MULTIPORT) ? 6 : 2;
	int err = 0;

	for (unsigned i = 0; i < count && !err; i++) {
		bool is_control = i == QUEUE_CONTROL_RECEIVE || i == QUEUE_CONTROL_TRANSMIT;

		err = virtio_queue_create(device, i,
					  is_control ? NULL
					  : i & 1    ? transmitted
						     : received,
					  &queues[i]);
	}
	return err;
}

int virtio_console_port_choose(struct virtio_device *device, void (*received)(struct virtqueue *vq),
			       void (*transmitted)(struct virtqueue *vq),
			       struct virtio_console_port *out)
{
	struct virtqueue *queues[6] = {NULL};
	int err = make_queues(device, received, transmitted, queues);
	unsigned first = 0;

	if (err)
		return err;
	out->id = 0;
	out->control = queues[QUEUE_CONTROL_TRANSMIT];
	if (out->control) {
		err = messages_alloc(queues[QUEUE_CONTROL_RECEIVE]);
		if (err)
			return err;
	}
	virtio_device_start(device);
	if (out->control) {
		virtqueue_kick(queues[QUEUE_CONTROL_RECEIVE]);
		say(out->control, VIRTIO_CONSOLE_BAD_ID, VIRTIO_CONSOLE_DEVICE_READY);
		virtqueue_kick(out->control);
		out->id = wait_for_port(queues[QUEUE_CONTROL_RECEIVE]);
		if (out->id)
			first = QUEUE_PORT1;
	}
	out->receive = queues[first];
	out->transmit = queues[first + 1];
	debug_assert(out->receive && out->transmit);
	/* Interrupts look only at the queues of the chosen port. */
	for (unsigned i = 0; i < 6; i++)
		if (queues[i] && queues[i] != out->receive && queues[i] != out->transmit)
			queues[i]->callback = NULL;
	return 0;
}

void virtio_console_port_open(struct virtio_console_port *port)
{
	if (!port->control)
		return;
	say(port->control, port->id, VIRTIO_CONSOLE_PORT_READY);
	say(port->control, port->id, VIRTIO_CONSOLE_PORT_OPEN);
	virtqueue_kick(port->control);
}
