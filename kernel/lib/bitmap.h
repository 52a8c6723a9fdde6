/* SPDX-License-Identifier: MIT */
/* Arrays of bits in 64-bit words, lowest bit first. Not atomic: the caller locks. */
#pragma once

#include "lib/compiler.h"

#define BITMAP_WORDS(nr_bits) (((nr_bits) + 63) / 64)
#define BITMAP_BYTES(nr_bits) (BITMAP_WORDS(nr_bits) * 8)

static inline bool bitmap_test(const u64 *map, size_t bit)
{
	return map[bit / 64] >> (bit % 64) & 1;
}

static inline void bitmap_set(u64 *map, size_t bit)
{
	map[bit / 64] |= 1UL << (bit % 64);
}

static inline void bitmap_clear(u64 *map, size_t bit)
{
	map[bit / 64] &= ~(1UL << (bit % 64));
}

/* Search from bit @from. @flip is xored into each word: ~0 searches for a clear bit. */
static inline size_t bitmap_find_from(const u64 *map, size_t nr_bits, size_t from, u64 flip)
{
	size_t word = from / 64;
	u64 bits;

	if (from >= nr_bits)
		return nr_bits;
	bits = (map[word] ^ flip) & (~0UL << (from % 64));
	while (!bits) {
		if (++word >= BITMAP_WORDS(nr_bits))
			return nr_bits;
		bits = map[word] ^ flip;
	}
	word = word * 64 + (size_t)__builtin_ctzl(bits);
	return word < nr_bits ? word : nr_bits;
}

/* The first set bit at or after @from, or @nr_bits. */
static inline size_t bitmap_next_set(const u64 *map, size_t nr_bits, size_t from)
{
	return bitmap_find_from(map, nr_bits, from, 0);
}

/* The first clear bit at or after @from, or @nr_bits. */
static inline size_t bitmap_next_clear(const u64 *map, size_t nr_bits, size_t from)
{
	return bitmap_find_from(map, nr_bits, from, ~0UL);
}

static inline size_t bitmap_count(const u64 *map, size_t nr_bits)
{
	size_t count = 0;

	for (size_t i = bitmap_next_set(map, nr_bits, 0); i < nr_bits;
	     i = bitmap_next_set(map, nr_bits, i + 1))
		count++;
	return count;
}

static inline void bitmap_zero(u64 *map, size_t nr_bits)
{
	for (size_t i = 0; i < BITMAP_WORDS(nr_bits); i++)
		map[i] = 0;
}

/* The first run of @len clear bits at or after @from, or @nr_bits. */
static inline size_t bitmap_find_clear_run(const u64 *map, size_t nr_bits, size_t from, size_t len)
{
	size_t end;

	for (;;) {
		from = bitmap_next_clear(map, nr_bits, from);
		if (from >= nr_bits || len > nr_bits - from)
			return nr_bits;
		end = bitmap_next_set(map, nr_bits, from);
		if (end - from >= len)
			return from;
		from = end;
	}
}

static inline void bitmap_set_run(u64 *map, size_t from, size_t len)
{
	for (size_t i = from; i < from + len; i++)
		bitmap_set(map, i);
}

static inline void bitmap_clear_run(u64 *map, size_t from, size_t len)
{
	for (size_t i = from; i < from + len; i++)
		bitmap_clear(map, i);
}

#define bitmap_for_each_set(bit, map, nr_bits)                                                     \
	for ((bit) = bitmap_next_set(map, nr_bits, 0); (bit) < (nr_bits);                          \
	     (bit) = bitmap_next_set(map, nr_bits, (bit) + 1))
