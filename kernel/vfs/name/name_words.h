/* SPDX-License-Identifier: MIT */
/* The components of a path, in words of eight bytes: where they end, and which bytes belong. */
#pragma once

#include "arch/arch_page.h"
#include "lib/compiler.h"

#define NAME_ONES 0x0101010101010101UL
#define NAME_HIGHS (NAME_ONES * 0x80)
#define NAME_SLASHES (NAME_ONES * '/')

/* The eight bytes at @p; those behind a NUL are undefined. Does not read beyond the page of the
 * NUL. */
static __always_inline u64 name_word(const char *p)
{
	u64 word = 0;

#ifndef HOST_TEST /* there, the address sanitizer would report it */
	if (likely(((u64)p & ~PAGE_MASK) <= PAGE_SIZE - 8)) {
		__builtin_memcpy(&word, p, 8);
		return word;
	}
#endif
	for (unsigned i = 0; i < 8; i++) {
		word |= (u64)(u8)p[i] << 8 * i;
		if (!p[i])
			break;
	}
	return word;
}

/* The lowest set bit is the top bit of the first byte of @word that is a slash or NUL;
 * 0: none is. */
static __always_inline u64 name_end(u64 word)
{
	u64 slashes = word ^ NAME_SLASHES;

	return (((word - NAME_ONES) & ~word) | ((slashes - NAME_ONES) & ~slashes)) & NAME_HIGHS;
}

/* The number of bytes before the next slash or NUL. */
static __always_inline size_t name_len(const char *name)
{
	const char *p = name;
	u64 end;

	while (!(end = name_end(name_word(p))))
		p += 8;
	return (size_t)(p - name) + (unsigned)__builtin_ctzl(end) / 8;
}

/* A mask of the bytes before the one that @end (not 0) marks. */
static __always_inline u64 name_mask(u64 end)
{
	return (end ^ (end - 1)) >> 8;
}

/* Are there only slashes left? */
static __always_inline bool name_is_last(const char *rest)
{
	while (*rest == '/')
		rest++;
	return !*rest;
}
