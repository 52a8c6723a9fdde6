/* SPDX-License-Identifier: MIT */
/* One port of the virtio console as a stream of bytes to and from the host. */
#pragma once

#include "dev/virtio/virtqueue.h"
#include "lib/list.h"

extern const struct virtio_driver virtio_console_driver;

/* Memory for bytes to send. */
struct console_slot {
	struct list_node node;
	u8 *data;
	u32 size_bytes; /* of data */
};
#define CONSOLE_SMALL_BYTES 64U /* enough for any frame but data */
#define CONSOLE_LARGE_BYTES 16384U

struct virtio_console_client {
	/* The device runs: slots are available from here on. Task context. */
	void (*start)(void);
	/* Bytes have arrived. Interrupt context. */
	void (*receive)(const u8 *bytes, size_t len_bytes);
	/* A slot may be free again after slot_try returned NULL. Context: any. */
	void (*room)(void);
};
/* Set the client of the console. Boot, before devices are searched. */
void virtio_console_set_client(const struct virtio_console_client *client);

/* A free slot; NULL: there is none, and client->room will be called. Context: any. */
struct console_slot *virtio_console_slot_try(bool large);
/* Wait for a free large slot: 0, -EINTR, -ENODEV. Context: task; may sleep. */
int virtio_console_slot_wait(struct console_slot **out) __must_check;
/*
 * Queue a slot's first @len_bytes for the device, which sees them at the next flush; the slot
 * becomes free once they are sent. With 0 the slot becomes free at once. Context: any.
 */
void virtio_console_submit(struct console_slot *slot, u32 len_bytes);
/* Let the device see all that was submitted. Context: any. */
void virtio_console_flush(void);
/*
 * Wait until the device has sent everything, or the thread is killed. Context: task; may sleep.
 */
void virtio_console_drain(void);
