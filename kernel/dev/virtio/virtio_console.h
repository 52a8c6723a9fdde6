/* SPDX-License-Identifier: MIT */
/* The virtio console's port 0 as a stream of bytes to and from the host. */
#pragma once

#include "dev/virtio/virtqueue.h"
#include "lib/list.h"

extern const struct virtio_driver virtio_console_driver;

/* Memory for something to send. */
struct console_slot {
	struct list_node node;
	u8 *data;
	u32 size_bytes; /* what fits */
};
#define CONSOLE_SMALL_BYTES 64U /* enough for any frame but data */
#define CONSOLE_LARGE_BYTES 16384U

struct virtio_console_client {
	/* The device runs: from here on slots can be had. Task context. */
	void (*start)(void);
	/* Bytes came. Interrupt context. */
	void (*receive)(const u8 *bytes, size_t len_bytes);
	/* There is room to send again, after a failed slot_try. Interrupt context. */
	void (*room)(void);
};
/* Who talks through the console. Boot, before the device is looked for. */
void virtio_console_set_client(const struct virtio_console_client *client);

/* A free slot, or NULL (then client->room will be called). Context: any. */
struct console_slot *virtio_console_slot_try(bool large);
/* The same, waits for one: 0, -EINTR. Context: task. */
int virtio_console_slot_wait(struct console_slot **out) __must_check;
/*
 * Hand a slot's first @len_bytes to the device (seen at the next flush; the slot comes back by
 * itself), or give the slot back unused (0).
 */
void virtio_console_submit(struct console_slot *slot, u32 len_bytes);
/* Tell the device about all that was submitted. Context: any. */
void virtio_console_flush(void);
/*
 * Wait until the device has taken everything. Ends early when the thread is killed. Context: task.
 */
void virtio_console_drain(void);
