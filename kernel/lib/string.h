/* SPDX-License-Identifier: MIT */
/*
 * Memory and strings. Functions with a name from the C library behave as there; small constant
 * sizes become plain loads and stores.
 */
#pragma once

#include "lib/compiler.h"

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

#include "lib/string_builtin.h"

/*
 * Copy @src, truncated to @size - 1 bytes, always with a final NUL (unless @size is 0). Returns:
 * the length copied, or -E2BIG when @src was truncated or @size is 0.
 */
ssize_t strscpy(char *dst, const char *src, size_t size);

/* True when @s begins with @prefix. */
bool str_has_prefix(const char *s, const char *prefix);

/* Overwrite secrets in a way that the compiler does not optimise away. */
static inline void memzero_explicit(void *p, size_t len)
{
	memset(p, 0, len);
	compiler_barrier();
}
