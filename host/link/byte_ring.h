/* SPDX-License-Identifier: MIT */
/* A ring of bytes of fixed capacity, between the link and a slow reader. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define BYTE_RING_CAPACITY 65536u /* a power of two; equals the link's credit window */

struct byte_ring {
	uint32_t head; /* the next byte to be read; counts up for ever */
	uint32_t tail; /* the next byte to be written */
	uint8_t data[BYTE_RING_CAPACITY];
};

static inline size_t byte_ring_len(const struct byte_ring *ring)
{
	return ring->tail - ring->head;
}

/* Append @len bytes; there must be room. */
void byte_ring_put(struct byte_ring *ring, const void *bytes, size_t len);

/* The contents as at most two pieces, at most @max bytes in all; returns the number of pieces. */
int byte_ring_pieces(struct byte_ring *ring, size_t max, struct iovec pieces[2]);

/* Drop @len bytes from the front. */
static inline void byte_ring_drop(struct byte_ring *ring, size_t len)
{
	ring->head += (uint32_t)len;
}
