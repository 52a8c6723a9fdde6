/* SPDX-License-Identifier: MIT */
/*
 * Our end of everything that connects us to a guest: the host link, which is written as well as
 * read, the serial port, the emulator's messages, and its log of instructions. Each is a descriptor
 * of its own, and each ends by itself.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/report.h"
#include "link/link_codec.h"

enum {
	LINK_SEND_MESSAGES = 4096, /* room for messages beside one full DATA frame */
	LINK_SEND_BYTES = HOSTLINK_HEADER_BYTES + HOSTLINK_PAYLOAD_MAX + LINK_SEND_MESSAGES,
	LINK_RECEIVE_BYTES = 131072,
	LINK_END_POLLED = 4,
};

/*
 * What comes. The guest's DATA has been checked against its credit, and until it has said HELLO
 * nothing else comes. Each that returns an int returns 0, or a negative errno that ends the link.
 */
struct link_end_events {
	/*
	 * HELLO of our version, which was answered; all that was queued is dropped. May come again.
	 */
	void (*hello)(void *ctx);
	struct link_events frames;
	/* NULL for what is of no interest. */
	void (*serial)(void *ctx, const char *bytes, size_t len);
	void (*log)(void *ctx, const char *bytes, size_t len);
};

struct link_end {
	int link_fd; /* each: -1 at its end, or if the guest does not have it */
	int serial_fd, errors_fd, log_fd;
	const struct link_end_events *events;
	void *ctx;		/* of the events */
	struct report report;	/* of what comes from the serial port and the emulator */
	size_t receive_max;	/* what may be taken from the link now; 0: nothing */
	bool oneway;		/* nothing is sent to the guest, which knows (hostlink_oneway) */
	bool greeted;		/* the guest has said HELLO, and was answered */
	bool stopped;		/* the emulator, which still runs, has given the guest up */
	uint32_t wrong_version; /* that the guest speaks, if it is not ours; else 0 */
	/* inside */
	struct link_decoder decoder;
	struct link_window windows[HOSTLINK_NR_CHANNELS]; /* of what the guest sends */
	bool send_failed;
	size_t send_start, send_end;
	uint8_t send[LINK_SEND_BYTES], receive[LINK_RECEIVE_BYTES];
};

/* An end without descriptors and events; the caller sets those that there are. */
void link_end_init(struct link_end *end);

/* Fill in what to poll for: LINK_END_POLLED entries. */
void link_end_poll(const struct link_end *end, struct pollfd *polled);

/*
 * Take what poll has found. Of the log and the serial port only one is read at a time, the log
 * first: what a guest prints comes after what it has executed, so the log is complete up to a line
 * of the serial port when that line is taken.
 * Returns: 0; -EPIPE when the link has ended, or the emulator has stopped the guest and all that
 * the guest had sent is taken; -EPROTO, or what an event returned, when the guest has broken the
 * rules. On an error the link is closed.
 */
int link_end_take(struct link_end *end, const struct pollfd *polled)
	__attribute__((warn_unused_result));

/* Queue a frame for the guest; nothing before its HELLO. */
void link_end_send(struct link_end *end, unsigned kind, unsigned channel, const void *payload,
		   size_t len);
void link_end_send_u32(struct link_end *end, unsigned kind, unsigned channel, uint32_t value);

/* @len bytes of DATA of @channel have been read: the guest may send more. */
void link_end_consumed(struct link_end *end, unsigned channel, size_t len);

/* Has everything that was queued been sent? */
static inline bool link_end_is_idle(const struct link_end *end)
{
	return end->send_start == end->send_end;
}

/*
 * Of an idle end: where the payload of a DATA frame can be put (HOSTLINK_PAYLOAD_MAX bytes), and
 * then the frame's being queued. This saves a copy.
 */
uint8_t *link_end_payload(struct link_end *end);
void link_end_send_payload(struct link_end *end, unsigned channel, size_t len);

/*
 * Send what the link accepts now. If the guest has closed the link, what was queued is dropped.
 * Returns: 0, or -ENOBUFS: there is room for some 250 messages beside a DATA frame, so a guest that
 * leaves that many unread is broken.
 */
int link_end_flush(struct link_end *end) __attribute__((warn_unused_result));

/* Close the link alone: nothing more comes, and nothing is sent. */
void link_end_hang_up(struct link_end *end);

/* Keep what is left of the serial port and of the emulator's messages, and close all. */
void link_end_close(struct link_end *end);
