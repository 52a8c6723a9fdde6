/* SPDX-License-Identifier: MIT */
/* The check sum of Ethernet, gzip and GUID partition tables (ISO 3309, polynomial 0x04c11db7). */
#pragma once

#include "lib/types.h"

/*
 * The sum of the bytes of which @sum is the sum (0: none so far), and of @len_bytes more. Cost: two
 * look-ups in a table of 64 bytes for each byte.
 */
u32 crc32(u32 sum, const void *bytes, size_t len_bytes);
