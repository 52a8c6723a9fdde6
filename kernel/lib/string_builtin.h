/* SPDX-License-Identifier: MIT */
/* -ffreestanding disables the built-in forms; these restore them for constant sizes. */
#pragma once

#define memcpy(dst, src, len) __builtin_memcpy(dst, src, len)
#define memmove(dst, src, len) __builtin_memmove(dst, src, len)
#define memset(dst, byte, len) __builtin_memset(dst, byte, len)
#define memcmp(a, b, len) __builtin_memcmp(a, b, len)
#define strlen(s) __builtin_strlen(s)
