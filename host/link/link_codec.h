/* SPDX-License-Identifier: MIT */
/*
 * The host link's frames and credits, as pure functions over bytes: no file descriptor, no clock.
 * The wire itself is described in docs/hostlink.md and kernel/uapi/hostlink_wire.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uapi/hostlink_wire.h"

/* What a decoder finds. Each returns 0, or a negative errno that link_decode returns. */
struct link_events {
	/* @len bytes of DATA for @channel; a frame's payload may come in several pieces. */
	int (*data)(void *ctx, unsigned channel, const uint8_t *bytes, size_t len);
	/* A whole frame of any other kind; its @len is at most HOSTLINK_MESSAGE_MAX. */
	int (*message)(void *ctx, unsigned kind, unsigned channel, const uint8_t *payload,
		       size_t len);
};

/* The position of the byte stream within a frame. All zero is the start of a frame. */
struct link_decoder {
	uint8_t header[HOSTLINK_HEADER_BYTES];
	uint8_t message[HOSTLINK_MESSAGE_MAX];
	unsigned have_header;
	uint32_t have_payload;
	uint32_t length;
};

/*
 * Take @len bytes from the stream, whole frames or pieces of them.
 * Returns: 0, -EPROTO when the bytes are not valid frames, or what an event returned.
 */
int link_decode(struct link_decoder *decoder, const uint8_t *bytes, size_t len,
		const struct link_events *events, void *ctx) __attribute__((warn_unused_result));

/* Write a frame's header to @out (HOSTLINK_HEADER_BYTES). */
void link_put_header(uint8_t *out, unsigned kind, unsigned channel, uint32_t length);

/* Write a whole frame to @out (HOSTLINK_HEADER_BYTES + @len); returns its size. */
size_t link_put_frame(uint8_t *out, unsigned kind, unsigned channel, const void *payload,
		      size_t len);

/* A little-endian number from the wire. */
uint32_t link_get_u32(const uint8_t *bytes);
void link_put_u32(uint8_t *bytes, uint32_t value);

/* The receiver's side of a channel's credit. All zero: nothing granted yet. */
struct link_window {
	uint32_t granted;  /* what the sender may still send */
	uint32_t consumed; /* taken by the reader and not granted again yet */
};

/* The first grant; returns what to put into the CREDIT frame. */
uint32_t link_window_open(struct link_window *window);
/* @len bytes were received. Returns: 0, or -EPROTO when the sender had no credit for them. */
int link_window_receive(struct link_window *window, size_t len) __attribute__((warn_unused_result));
/*
 * The reader took @len bytes. Returns the further credit to grant now: 0 until it is worth a frame.
 */
uint32_t link_window_consume(struct link_window *window, size_t len);
