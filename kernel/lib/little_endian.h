/* SPDX-License-Identifier: MIT */
/* Numbers in structures of disks and files, whose bytes are in a given order at any address. */
#pragma once

#include "lib/types.h"

static inline u16 get_le16(const void *from)
{
	const u8 *bytes = from;

	return (u16)(bytes[0] | bytes[1] << 8);
}

static inline u32 get_le32(const void *from)
{
	return get_le16(from) | (u32)get_le16((const u8 *)from + 2) << 16;
}

static inline u64 get_le64(const void *from)
{
	return get_le32(from) | (u64)get_le32((const u8 *)from + 4) << 32;
}

static inline void put_le16(void *to, u16 value)
{
	u8 *bytes = to;

	bytes[0] = (u8)value;
	bytes[1] = (u8)(value >> 8);
}

static inline void put_le32(void *to, u32 value)
{
	put_le16(to, (u16)value);
	put_le16((u8 *)to + 2, (u16)(value >> 16));
}

static inline void put_le64(void *to, u64 value)
{
	put_le32(to, (u32)value);
	put_le32((u8 *)to + 4, (u32)(value >> 32));
}
