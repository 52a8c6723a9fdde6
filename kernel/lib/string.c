// SPDX-License-Identifier: MIT
/*
 * string.c -- copying and comparing bytes.
 *
 * Idea.  Eight bytes at a time with plain loads and stores, 64 bytes per iteration. A tail that is
 *   not a multiple of eight is covered by one more word that overlaps what was done already, so
 *   there is no byte loop. All supported machines allow unaligned words.
 * Invariants.
 *   S1  memmove() has loaded every word that a store could overwrite before that store.
 *   S2  strlen() reads whole aligned words, which never cross a page.
 * Cost.  memcpy: about 20 instructions for 64 bytes.
 * Tests.  string_test.c: all small sizes, offsets and overlaps against a byte loop.
 */
#include "lib/string.h"
#include "lib/race_hooks.h"

#include <linux/errno.h>

/* Otherwise gcc recognises these loops and turns them into calls of the functions themselves. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

#define ONES 0x0101010101010101UL
#define HIGHS 0x8080808080808080UL

typedef u64 __attribute__((may_alias, aligned(1))) word_t;
typedef u32 __attribute__((may_alias, aligned(1))) half_t;
typedef u16 __attribute__((may_alias, aligned(1))) quarter_t;
typedef u64 __attribute__((may_alias)) aligned_word_t;

/* Up to 16 bytes, all loaded before the first store: also correct for overlaps (S1). */
static inline void copy_small(u8 *d, const u8 *s, size_t len)
{
	if (len >= 8) {
		u64 first = *(const word_t *)s, last = *(const word_t *)(s + len - 8);

		*(word_t *)d = first;
		*(word_t *)(d + len - 8) = last;
	} else if (len >= 4) {
		u32 first = *(const half_t *)s, last = *(const half_t *)(s + len - 4);

		*(half_t *)d = first;
		*(half_t *)(d + len - 4) = last;
	} else if (len >= 2) {
		u16 first = *(const quarter_t *)s, last = *(const quarter_t *)(s + len - 2);

		*(quarter_t *)d = first;
		*(quarter_t *)(d + len - 2) = last;
	} else if (len) {
		*d = *s;
	}
}

/* 64 bytes, every load before the first store. */
static inline void copy_64(u8 *d, const u8 *s)
{
	const word_t *from = (const word_t *)s;
	word_t *to = (word_t *)d;
	u64 a = from[0], b = from[1], c = from[2], e = from[3];
	u64 f = from[4], g = from[5], h = from[6], i = from[7];

	to[0] = a;
	to[1] = b;
	to[2] = c;
	to[3] = e;
	to[4] = f;
	to[5] = g;
	to[6] = h;
	to[7] = i;
}

/* Also correct for dst below src: the last word is read before anything is written (S1). */
static inline void copy_forward(u8 *d, const u8 *s, size_t len)
{
	u64 last = *(const word_t *)(s + len - 8);
	u8 *last_place = d + len - 8;

	for (; len >= 64; len -= 64, d += 64, s += 64)
		copy_64(d, s);
	for (; len > 8; len -= 8, d += 8, s += 8)
		*(word_t *)d = *(const word_t *)s;
	*(word_t *)last_place = last;
}

static inline void copy_backward(u8 *d, const u8 *s, size_t len)
{
	u64 first = *(const word_t *)s;

	for (; len >= 64; len -= 64)
		copy_64(d + len - 64, s + len - 64);
	for (; len > 8; len -= 8)
		*(word_t *)(d + len - 8) = *(const word_t *)(s + len - 8);
	*(word_t *)d = first;
}

void *(memcpy)(void *restrict dst, const void *restrict src, size_t len)
{
	race_check(src, len, 0, RACE_CALLER);
	race_check(dst, len, RACE_WRITE, RACE_CALLER);
	if (len <= 16)
		copy_small(dst, src, len);
	else
		copy_forward(dst, src, len);
	return dst;
}

void *(memmove)(void *dst, const void *src, size_t len)
{
	race_check(src, len, 0, RACE_CALLER);
	race_check(dst, len, RACE_WRITE, RACE_CALLER);
	if (len <= 16)
		copy_small(dst, src, len);
	else if ((uintptr_t)dst - (uintptr_t)src >= len)
		copy_forward(dst, src, len);
	else
		copy_backward(dst, src, len);
	return dst;
}

static inline void set_64(u8 *d, u64 word)
{
	word_t *to = (word_t *)d;

	to[0] = word;
	to[1] = word;
	to[2] = word;
	to[3] = word;
	to[4] = word;
	to[5] = word;
	to[6] = word;
	to[7] = word;
}

void *(memset)(void *dst, int byte, size_t len)
{
	u64 word = (u8)byte * ONES;
	u8 *d = dst, *end = d + len;

	race_check(dst, len, RACE_WRITE, RACE_CALLER);
	if (len < 8) {
		while (d < end)
			*d++ = (u8)byte;
		return dst;
	}
	for (; len >= 64; len -= 64, d += 64)
		set_64(d, word);
	for (; len > 8; len -= 8, d += 8)
		*(word_t *)d = word;
	*(word_t *)(end - 8) = word;
	return dst;
}

int(memcmp)(const void *a, const void *b, size_t len)
{
	const u8 *p = a, *q = b;

	race_check(a, len, 0, RACE_CALLER);
	race_check(b, len, 0, RACE_CALLER);
	for (; len >= 8; len -= 8, p += 8, q += 8) {
		u64 x = *(const word_t *)p, y = *(const word_t *)q;

		if (x != y)
			return __builtin_bswap64(x) < __builtin_bswap64(y) ? -1 : 1;
	}
	for (; len; len--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

/* A word with the high bit set in (at least) the first byte of @word that is zero. */
static inline u64 zero_bytes(u64 word)
{
	return (word - ONES) & ~word & HIGHS;
}

void *memchr(const void *data, int byte, size_t len)
{
	const u8 *p = data;
	u64 pattern = (u8)byte * ONES;

	for (; len >= 8; len -= 8, p += 8) {
		u64 hit = zero_bytes(*(const word_t *)p ^ pattern);

		if (hit)
			return (void *)(p + __builtin_ctzl(hit) / 8);
	}
	for (; len; len--, p++)
		if (*p == (u8)byte)
			return (void *)p;
	return NULL;
}

/* Reads past the end of the string within its last word (S2), which the sanitizer would report. */
__attribute__((no_sanitize("address"))) size_t(strlen)(const char *s)
{
	const char *p = s;
	u64 hit;

	for (; (uintptr_t)p % 8; p++)
		if (!*p)
			return (size_t)(p - s);
	while (!(hit = zero_bytes(*(const aligned_word_t *)p)))
		p += 8;
	return (size_t)(p - s) + (size_t)__builtin_ctzl(hit) / 8;
}

size_t strnlen(const char *s, size_t max_len)
{
	size_t len = 0;

	while (len < max_len && s[len])
		len++;
	return len;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t max_len)
{
	for (; max_len && *a && *a == *b; max_len--) {
		a++;
		b++;
	}
	return max_len ? (u8)*a - (u8)*b : 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c)
			last = s;
	} while (*s++);
	return (char *)last;
}

char *strstr(const char *s, const char *part)
{
	size_t len = strlen(part);

	for (; *s || !len; s++)
		if (!strncmp(s, part, len))
			return (char *)s;
	return NULL;
}

ssize_t strscpy(char *dst, const char *src, size_t size)
{
	size_t len;

	if (!size)
		return -E2BIG;
	len = strnlen(src, size);
	if (len == size) {
		memcpy(dst, src, size - 1);
		dst[size - 1] = '\0';
		return -E2BIG;
	}
	memcpy(dst, src, len + 1);
	return (ssize_t)len;
}

bool str_has_prefix(const char *s, const char *prefix)
{
	while (*prefix)
		if (*s++ != *prefix++)
			return false;
	return true;
}
