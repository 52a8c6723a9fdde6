// SPDX-License-Identifier: MIT
/* crc32.c -- a check sum, four bits at a time: the tables of its few users are short. */
#include "lib/crc32.h"

/* The remainders of the sixteen values of four bits, lowest bit first. */
static const u32 remainders[16] = {
	0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
	0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
	0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

u32 crc32(u32 sum, const void *bytes, size_t len_bytes)
{
	const u8 *at = bytes;

	sum = ~sum;
	for (size_t i = 0; i < len_bytes; i++) {
		sum ^= at[i];
		sum = sum >> 4 ^ remainders[sum & 15];
		sum = sum >> 4 ^ remainders[sum & 15];
	}
	return ~sum;
}
