// SPDX-License-Identifier: MIT
/*
 * link_codec.c -- frames of the host link: writing, reading, credit.
 *
 * Idea.  The decoder takes bytes in pieces of any size. A header is collected, then checked. The
 *   payload of DATA is passed on as it comes; that of other kinds is collected, and passed on when
 *   it is whole.
 * Invariants.
 *   C1  A header has a known kind and channel, and the length that its kind has; so what is
 *       collected fits into d->message.
 *   C2  The decoder is between two frames when it reports a message: the user may reset it.
 *   C3  A window's `granted` is what the sender may still send; more is -EPROTO.
 * Cost.  Credit is given back a quarter of a window at a time: few frames, and the sender does not
 *   wait while there is room.
 * Tests.  link_codec_test.c, hostile_guest_test.c, tests/fuzz/fuzz_link.c.
 */
#include "link/link_codec.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

uint32_t link_get_u32(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return le32toh(value);
}

void link_put_u32(uint8_t *bytes, uint32_t value)
{
	value = htole32(value);
	memcpy(bytes, &value, sizeof(value));
}

void link_put_header(uint8_t *out, unsigned kind, unsigned channel, uint32_t length)
{
	out[0] = (uint8_t)kind;
	out[1] = (uint8_t)channel;
	out[2] = 0;
	out[3] = 0;
	link_put_u32(out + 4, length);
}

size_t link_put_frame(uint8_t *out, unsigned kind, unsigned channel, const void *payload,
		      size_t len)
{
	link_put_header(out, kind, channel, (uint32_t)len);
	if (len > 0)
		memcpy(out + HOSTLINK_HEADER_BYTES, payload, len);
	return HOSTLINK_HEADER_BYTES + len;
}

/* The payload length that a kind has, or -1 when any up to the maximum will do. */
static int fixed_length(unsigned kind)
{
	switch (kind) {
	case HOSTLINK_HELLO:
	case HOSTLINK_CREDIT:
	case HOSTLINK_EXIT:
	case HOSTLINK_FAIL:
	case HOSTLINK_HANGUP:
	case HOSTLINK_SIGNAL:
	case HOSTLINK_SWITCHED_OFF:
		return 4;
	case HOSTLINK_WINSIZE:
	case HOSTLINK_ALIVE:
	case HOSTLINK_SHORTAGE:
		return 8;
	case HOSTLINK_OUT_OF_MEMORY:
		return sizeof(struct hostlink_out_of_memory);
	case HOSTLINK_DATA:
		return -1;
	default:
		return 0;
	}
}

static int check_header(struct link_decoder *d)
{
	unsigned kind = d->header[0];
	int fixed = fixed_length(kind);

	d->length = link_get_u32(d->header + 4);
	if (kind < HOSTLINK_HELLO || kind > HOSTLINK_KIND_LAST ||
	    d->header[1] >= HOSTLINK_NR_CHANNELS)
		return -EPROTO;
	if (d->header[2] || d->header[3] || d->length > HOSTLINK_PAYLOAD_MAX)
		return -EPROTO;
	if (fixed >= 0 && d->length != (uint32_t)fixed)
		return -EPROTO;
	return 0;
}

/* Take what is there of the payload; returns the bytes used or a negative errno. */
static long take_payload(struct link_decoder *d, const uint8_t *bytes, size_t len,
			 const struct link_events *events, void *ctx)
{
	size_t missing = d->length - d->have_payload;
	size_t part = len < missing ? len : missing;

	if (d->header[0] != HOSTLINK_DATA) {
		assert(d->length <= sizeof(d->message)); /* C1 */
		memcpy(d->message + d->have_payload, bytes, part);
	} else if (part > 0) {
		int err = events->data(ctx, d->header[1], bytes, part);

		if (err)
			return err;
	}
	d->have_payload += (uint32_t)part;
	return (long)part;
}

int link_decode(struct link_decoder *d, const uint8_t *bytes, size_t len,
		const struct link_events *events, void *ctx)
{
	while (len > 0) {
		if (d->have_header < HOSTLINK_HEADER_BYTES) {
			size_t missing = HOSTLINK_HEADER_BYTES - d->have_header;
			size_t part = len < missing ? len : missing;

			memcpy(d->header + d->have_header, bytes, part);
			d->have_header += (unsigned)part;
			bytes += part;
			len -= part;
			if (d->have_header < HOSTLINK_HEADER_BYTES)
				return 0;
			d->have_payload = 0;
			if (check_header(d))
				return -EPROTO;
		}
		long used = take_payload(d, bytes, len, events, ctx);
		if (used < 0)
			return (int)used;
		bytes += used;
		len -= (size_t)used;
		if (d->have_payload < d->length)
			return 0;
		d->have_header = 0; /* before the event, which may reset the decoder's user */
		if (d->header[0] == HOSTLINK_DATA)
			continue;
		int err = events->message(ctx, d->header[0], d->header[1], d->message, d->length);
		if (err)
			return err;
	}
	return 0;
}

uint32_t link_window_open(struct link_window *window)
{
	window->granted = HOSTLINK_CREDIT_WINDOW;
	window->consumed = 0;
	return window->granted;
}

int link_window_receive(struct link_window *window, size_t len)
{
	if (len > window->granted)
		return -EPROTO;
	window->granted -= (uint32_t)len;
	return 0;
}

uint32_t link_window_consume(struct link_window *window, size_t len)
{
	uint32_t grant;

	window->consumed += (uint32_t)len;
	/* A quarter at a time: few frames, and the sender never runs dry while we have room. */
	if (window->consumed < HOSTLINK_CREDIT_WINDOW / 4)
		return 0;
	grant = window->consumed;
	window->consumed = 0;
	window->granted += grant;
	return grant;
}
