/* SPDX-License-Identifier: MIT */
/*
 * Formatted text. Conversions: d i u x X o c s p % with flags "-+ #0", width and precision (also
 * *), and the sizes hh h l ll z t j. No floating point, no %n.
 */
#pragma once

#include <stdarg.h>

#include "lib/compiler.h"

/*
 * Format into @buf, at most @size bytes including the final NUL (@size may be 0). Context: any.
 * Returns: the length of the whole text, as snprintf does.
 */
int kvsnprintf(char *buf, size_t size, const char *fmt, va_list args) __printf(3, 0);
int ksnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

/* The same, but returns the number of bytes written without the NUL: for building text in steps. */
size_t kvscnprintf(char *buf, size_t size, const char *fmt, va_list args) __printf(3, 0);
size_t kscnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
