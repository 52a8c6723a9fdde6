/* SPDX-License-Identifier: MIT */
/*
 * A guest for tests of the relay: speaks the host link from the guest's side over a socket, keeps
 * to credit, and ends its process with status 90 or more when the host breaks the rules.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/link_codec.h"

struct guest {
	int fd;
	uint32_t credit[HOSTLINK_NR_CHANNELS];
	bool hangup[HOSTLINK_NR_CHANNELS];
	uint32_t hangup_error; /* of the last */
	uint32_t signals;      /* a bit for each that came */
	bool eof;
	bool may_be_cut; /* the host may end the link at any time */
	struct hostlink_winsize winsize;
};

static inline void g_send_all(struct guest *g, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t n = send(g->fd, at, len, MSG_NOSIGNAL);

		if (n <= 0)
			_exit(g->may_be_cut ? 0 : 90);
		at += n;
		len -= (size_t)n;
	}
}

static inline void g_send(struct guest *g, unsigned kind, unsigned channel, const void *payload,
			  size_t len)
{
	uint8_t header[8];

	link_put_header(header, kind, channel, (uint32_t)len);
	g_send_all(g, header, sizeof(header));
	g_send_all(g, payload, len);
}

static inline void g_send_u32(struct guest *g, unsigned kind, unsigned channel, uint32_t value)
{
	uint8_t four[4];

	link_put_u32(four, value);
	g_send(g, kind, channel, four, 4);
}

static inline bool g_get(struct guest *g, void *bytes, size_t len)
{
	return recv(g->fd, bytes, len, MSG_WAITALL) == (ssize_t)len;
}

/* Take one frame; DATA goes to @data. Returns its length, or -1 for other frames, -2 at the end. */
static inline int g_take(struct guest *g, uint8_t *data)
{
	uint8_t h[8];

	if (!g_get(g, h, sizeof(h)))
		return -2;
	uint32_t len = link_get_u32(h + 4);
	if (h[2] || h[3] || len > HOSTLINK_PAYLOAD_MAX || (len > 0 && !g_get(g, data, len)))
		_exit(91);
	switch (h[0]) {
	case HOSTLINK_DATA:
		return (int)len;
	case HOSTLINK_CREDIT:
		g->credit[h[1]] += link_get_u32(data);
		break;
	case HOSTLINK_EOF:
		g->eof = true;
		break;
	case HOSTLINK_HANGUP:
		g->hangup[h[1]] = true;
		g->hangup_error = link_get_u32(data);
		break;
	case HOSTLINK_WINSIZE:
		memcpy(&g->winsize, data, sizeof(g->winsize));
		break;
	case HOSTLINK_SIGNAL:
		g->signals |= 1u << link_get_u32(data);
		break;
	case HOSTLINK_HELLO:
		if (link_get_u32(data) != HOSTLINK_VERSION)
			_exit(92);
		break;
	default:
		_exit(93);
	}
	return -1;
}

static uint8_t g_scratch[HOSTLINK_PAYLOAD_MAX];

static inline void g_hello(struct guest *g)
{
	g_send_u32(g, HOSTLINK_HELLO, HOSTLINK_CONTROL, HOSTLINK_VERSION);
	while (!g->credit[1] || !g->credit[2] || !g->credit[3])
		if (g_take(g, g_scratch) == -2)
			_exit(94);
}

/* Write like a program: as much as credit allows, waiting for more. Stops at a hangup. */
static inline bool g_write(struct guest *g, unsigned channel, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (len > 0) {
		while (!g->credit[channel] && !g->hangup[channel])
			if (g_take(g, g_scratch) == -2)
				_exit(95);
		if (g->hangup[channel])
			return false;
		size_t part = len < 5000 ? len : 5000;
		if (part > g->credit[channel])
			part = g->credit[channel];
		g_send(g, HOSTLINK_DATA, channel, at, part);
		g->credit[channel] -= (uint32_t)part;
		at += part;
		len -= part;
	}
	return true;
}

static inline void g_exit(struct guest *g, int wait_status)
{
	g_send_u32(g, HOSTLINK_EXIT, HOSTLINK_CONTROL, (uint32_t)wait_status);
}
