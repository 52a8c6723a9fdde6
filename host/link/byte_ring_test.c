// SPDX-License-Identifier: MIT
#include "link/byte_ring.h"
#include "base/unit.h"

/* Against a counter: what goes in comes out, over many turns and past the wrap of the counters. */
static void test_as_a_queue(void **state)
{
	struct byte_ring *ring = calloc(1, sizeof(*ring));
	unsigned char in = 0, out = 0, chunk[5000];
	unsigned seed = 1;

	(void)state;
	ring->head = ring->tail = 0xffff0000u; /* soon past the end of 32 bits */
	for (int turn = 0; turn < 20000; turn++) {
		size_t room = BYTE_RING_CAPACITY - byte_ring_len(ring);
		struct iovec pieces[2];

		seed = seed * 1103515245u + 12345u;
		size_t len = (seed >> 8) % sizeof(chunk);
		if (len > room)
			len = room;
		for (size_t i = 0; i < len; i++)
			chunk[i] = in++;
		byte_ring_put(ring, chunk, len);
		int nr = byte_ring_pieces(ring, (seed >> 4) % 6000, pieces);
		for (int i = 0; i < nr; i++) {
			for (size_t j = 0; j < pieces[i].iov_len; j++)
				assert_int_equal(((unsigned char *)pieces[i].iov_base)[j], out++);
			byte_ring_drop(ring, pieces[i].iov_len);
		}
	}
	free(ring);
}

static void test_full_and_empty(void **state)
{
	struct byte_ring *ring = calloc(1, sizeof(*ring));
	static unsigned char all[BYTE_RING_CAPACITY];
	struct iovec pieces[2];

	(void)state;
	assert_int_equal(byte_ring_pieces(ring, 100, pieces), 0);
	byte_ring_put(ring, all, sizeof(all));
	assert_int_equal(byte_ring_len(ring), BYTE_RING_CAPACITY);
	assert_int_equal(byte_ring_pieces(ring, BYTE_RING_CAPACITY, pieces), 1);
	byte_ring_drop(ring, 10);
	byte_ring_put(ring, all, 10);
	assert_int_equal(byte_ring_pieces(ring, BYTE_RING_CAPACITY, pieces), 2);
	assert_int_equal(pieces[0].iov_len + pieces[1].iov_len, BYTE_RING_CAPACITY);
	free(ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_a_queue),
		cmocka_unit_test(test_full_and_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
