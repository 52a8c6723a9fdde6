/* SPDX-License-Identifier: MIT */
/* Hash functions for tables inside the kernel. Not cryptographic. */
#pragma once

#include "lib/compiler.h"

#define HASH_MULTIPLIER 0x9e3779b97f4a7c15UL /* 2^64 / golden ratio, odd */

/* Mix @x so that the high bits depend on all of it. */
static inline u64 hash_u64(u64 x)
{
	x *= HASH_MULTIPLIER;
	return x ^ x >> 32;
}

static inline u64 hash_ptr(const void *p)
{
	return hash_u64((uintptr_t)p);
}

static inline u64 hash_combine(u64 a, u64 b)
{
	return hash_u64(a ^ (b + HASH_MULTIPLIER + (a << 6) + (a >> 2)));
}

/* The top @bits of the mixed value: an index for a table of 2^bits. */
static inline u64 hash_bits(u64 x, unsigned bits)
{
	return x * HASH_MULTIPLIER >> (64 - bits);
}

/*
 * The same with the table's own multiplier, odd and random: a program that chooses the values
 * cannot choose which of them collide.
 */
static inline u64 hash_keyed(u64 x, u64 key, unsigned bits)
{
	return x * key >> (64 - bits);
}

/* Hash @len bytes, eight at a time. */
static inline u64 hash_bytes(const void *data, size_t len, u64 seed)
{
	const u8 *p = data;
	u64 hash = seed ^ len * HASH_MULTIPLIER;
	u64 word = 0;

	for (; len >= 8; len -= 8, p += 8) {
		__builtin_memcpy(&word, p, 8);
		hash = (hash ^ word) * HASH_MULTIPLIER;
		hash ^= hash >> 29;
	}
	if (len >= 4) {
		u32 low, high; /* they overlap; the length is in the seed */

		__builtin_memcpy(&low, p, 4);
		__builtin_memcpy(&high, p + len - 4, 4);
		word = (u64)high << 32 | low;
	} else if (len) {
		word = p[0] | (u64)p[len / 2] << 8 | (u64)p[len - 1] << 16;
	} else {
		word = 0;
	}
	return hash_u64(hash ^ word);
}

static inline u64 hash_str(const char *s)
{
	u64 hash = 0xcbf29ce484222325UL;

	for (; *s; s++)
		hash = (hash ^ (u8)*s) * 0x100000001b3UL;
	return hash_u64(hash);
}
