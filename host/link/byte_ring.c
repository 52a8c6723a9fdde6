// SPDX-License-Identifier: MIT
#include "link/byte_ring.h"

#include <string.h>

void byte_ring_put(struct byte_ring *ring, const void *bytes, size_t len)
{
	size_t at = ring->tail % BYTE_RING_CAPACITY;
	size_t first = BYTE_RING_CAPACITY - at;

	if (first > len)
		first = len;
	memcpy(ring->data + at, bytes, first);
	memcpy(ring->data, (const uint8_t *)bytes + first, len - first);
	ring->tail += (uint32_t)len;
}

int byte_ring_pieces(struct byte_ring *ring, size_t max, struct iovec pieces[2])
{
	size_t len = byte_ring_len(ring);
	size_t at = ring->head % BYTE_RING_CAPACITY;
	size_t first = BYTE_RING_CAPACITY - at;

	if (len > max)
		len = max;
	if (len == 0)
		return 0;
	if (first > len)
		first = len;
	pieces[0] = (struct iovec){ring->data + at, first};
	if (first == len)
		return 1;
	pieces[1] = (struct iovec){ring->data, len - first};
	return 2;
}
