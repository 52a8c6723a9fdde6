/* SPDX-License-Identifier: MIT */
/*
 * On the host the C library's functions are used, except by the test of kernel/lib/string.c, which
 * defines STRING_UNDER_TEST: there the kernel's have other names.
 */
#pragma once

#include <string.h>

#ifdef STRING_UNDER_TEST
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

#include "kernel/lib/string.h"
