/* SPDX-License-Identifier: MIT */
/*
 * The link to the host command: framing, credit, channels (uapi/hostlink_wire.h), and the devices
 * /dev/host/.
 */
#pragma once

#include "dev/virtio/virtio_console.h"
#include "uapi/hostlink_wire.h"

struct uio;

/* Become the virtio console's client. Boot, before devices are searched. */
void hostlink_init(void);
/* Is there a link? */
bool hostlink_present(void);
/*
 * Register /dev/host/stdin, stdout, stderr, control. Boot, after devices were searched. 0, -ENOMEM.
 */
int hostlink_devices_register(void) __must_check;

/* What the terminal on the console channel does. */
struct hostlink_console {
	void (*receive)(const u8 *bytes, size_t len_bytes);   /* interrupt context */
	void (*resized)(const struct hostlink_winsize *size); /* interrupt context */
	/* after a short write: more may be sent. Any context */
	void (*writable)(void);
	/* wait until hostlink_console_write has taken all output. Task context */
	void (*drain)(void);
};
/* Attach the terminal; the host may send @window_bytes ahead of hostlink_console_consumed. Boot. */
void hostlink_console_attach(const struct hostlink_console *terminal, u32 window_bytes);
/* Send as much as credit and memory allow: the bytes taken. Context: any. */
size_t hostlink_console_write(const void *data, size_t len_bytes);
/* @len_bytes of the received bytes were processed: the host may send as many. Context: any. */
void hostlink_console_consumed(u32 len_bytes);

/*
 * Write to or read from a channel: count or error. After HANGUP a write returns the host's error
 * (with SIGPIPE, if that is -EPIPE), after EOF a read returns 0. Context: task; may sleep.
 */
ssize_t hostlink_write(unsigned channel, struct uio *uio, bool nonblock);
ssize_t hostlink_read(unsigned channel, struct uio *uio, bool nonblock);
/*
 * Send a frame of a kind that /dev/host/control takes, or SWITCHED_OFF, waiting until the host's
 * side has it. 0, -EINVAL, -ENODEV, -EINTR (the thread was killed while there was no memory to send
 * from).
 */
int hostlink_send_control(unsigned kind, const void *payload, u32 len_bytes) __must_check;
/*
 * Call @hook when a signal for the program has come from the host: context: interrupt. Boot, before
 * devices are searched.
 */
void hostlink_set_signal_hook(void (*hook)(void));
/* One has come. Context: interrupt. */
void hostlink_receive_signal(u32 signal);
/* Take the lowest that has come; 0: there is none. Context: any. */
unsigned hostlink_take_signal(void);
/* Tell the host that a program ends the machine, lest it take that for a crash. Context: task. */
void hostlink_tell_end(enum hostlink_off how);
/* Send a heartbeat; dropped if no slot is free. Context: any. */
void hostlink_send_alive(const struct hostlink_alive *alive);
/* Allocate the ring of @channel and let the host send: 0, -ENOMEM. Context: task; may sleep. */
int hostlink_open_receive(unsigned channel) __must_check;

struct waitq;
/* The poll events of @channel now, and its wait queues. */
u32 hostlink_poll_events(unsigned channel);
struct waitq *hostlink_read_queue(unsigned channel);
struct waitq *hostlink_write_queue(unsigned channel);
/* Bytes that can be read now (FIONREAD). */
u32 hostlink_readable(unsigned channel);
