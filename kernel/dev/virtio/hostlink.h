/* SPDX-License-Identifier: MIT */
/*
 * The link to the host command: framing, credit, channels (uapi/hostlink_wire.h), and the devices
 * /dev/host/... on top.
 */
#pragma once

#include "dev/virtio/virtio_console.h"
#include "uapi/hostlink_wire.h"

struct uio;

/* Become the virtio console's client. Boot, before the device is looked for. */
void hostlink_init(void);
/* Has a link been found? */
bool hostlink_present(void);
/*
 * Register /dev/host/stdin, stdout, stderr, control. Boot, after the device was looked for. 0,
 * -ENOMEM.
 */
int hostlink_devices_register(void) __must_check;

/* The console channel, for the terminal that stands on it. */
struct hostlink_console {
	void (*receive)(const u8 *bytes, size_t len_bytes);   /* interrupt context */
	void (*resized)(const struct hostlink_winsize *size); /* interrupt context */
	/* any context: after a short write */
	void (*writable)(void);
	/* task: wait until all output has been taken by hostlink_console_write */
	void (*drain)(void);
};
/* Take the channel; the host may send @window_bytes ahead of hostlink_console_consumed. Boot. */
void hostlink_console_attach(const struct hostlink_console *terminal, u32 window_bytes);
/* Send what credit and memory allow: the bytes taken. Context: any. */
size_t hostlink_console_write(const void *data, size_t len_bytes);
/* @len_bytes of what was received are dealt with. Context: any. */
void hostlink_console_consumed(u32 len_bytes);

/*
 * Channels as files. Context: task. Count or error; a write ends in EPIPE after HANGUP, a read in 0
 * after EOF.
 */
ssize_t hostlink_write(unsigned channel, struct uio *uio, bool nonblock);
ssize_t hostlink_read(unsigned channel, struct uio *uio, bool nonblock);
/*
 * A frame of kind EXIT, FAIL or READY, waiting until the host's side has it. 0, -EINVAL, -ENODEV,
 * -EINTR (the thread was killed while there was no memory to send from).
 */
int hostlink_send_control(unsigned kind, const void *payload, u32 len_bytes) __must_check;
/* Tell the host that we live; lost when there is no memory to send it from. Context: any. */
void hostlink_send_alive(const struct hostlink_alive *alive);
/* The host may start to send on @channel: its memory is there. 0, -ENOMEM. */
int hostlink_open_receive(unsigned channel) __must_check;

struct waitq;
/* Poll events of @channel now, and its queues. */
u32 hostlink_poll_events(unsigned channel);
struct waitq *hostlink_read_queue(unsigned channel);
struct waitq *hostlink_write_queue(unsigned channel);
/* Bytes that can be read now (FIONREAD). */
u32 hostlink_readable(unsigned channel);
