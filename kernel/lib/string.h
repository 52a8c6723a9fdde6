/* SPDX-License-Identifier: MIT */
/*
 * Memory and strings. Functions with a name from the C library behave as there; small constant
 * sizes become plain loads and stores. On the host the C library's own are used, except by the test
 * of this file, which defines STRING_UNDER_TEST.
 */
#pragma once

#include "lib/compiler.h"

#if defined(HOST_TEST)
#include <string.h>
#endif

#if defined(HOST_TEST) && defined(STRING_UNDER_TEST)
#define memcpy kernel_memcpy
#define memmove kernel_memmove
#define memset kernel_memset
#define memcmp kernel_memcmp
#define memchr kernel_memchr
#define strlen kernel_strlen
#define strnlen kernel_strnlen
#define strcmp kernel_strcmp
#define strncmp kernel_strncmp
#define strchr kernel_strchr
#define strrchr kernel_strrchr
#define strstr kernel_strstr
#endif

#if !defined(HOST_TEST) || defined(STRING_UNDER_TEST)
void *memcpy(void *restrict dst, const void *restrict src, size_t len);
void *memmove(void *dst, const void *src, size_t len);
void *memset(void *dst, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
void *memchr(const void *data, int byte, size_t len);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max_len);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t max_len);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *part);
#endif

#if !defined(HOST_TEST)
/* -ffreestanding disables the built-in forms; these restore them for constant sizes. */
#define memcpy(dst, src, len) __builtin_memcpy(dst, src, len)
#define memmove(dst, src, len) __builtin_memmove(dst, src, len)
#define memset(dst, byte, len) __builtin_memset(dst, byte, len)
#define memcmp(a, b, len) __builtin_memcmp(a, b, len)
#define strlen(s) __builtin_strlen(s)
#endif

/*
 * Copy @src, truncated to @size - 1 bytes, always with a final NUL (unless @size is 0). Returns:
 * the length copied, or -E2BIG when @src was truncated or @size is 0.
 */
ssize_t strscpy(char *dst, const char *src, size_t size);

/* True when @s begins with @prefix. */
bool str_has_prefix(const char *s, const char *prefix);

/* Copy one page; both are 4096-byte aligned. */
void copy_page(void *restrict dst, const void *restrict src);
void clear_page(void *page);

/* Overwrite secrets in a way that the compiler does not optimise away. */
static inline void memzero_explicit(void *p, size_t len)
{
	memset(p, 0, len);
	compiler_barrier();
}
