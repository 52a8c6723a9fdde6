/* SPDX-License-Identifier: MIT */
/* The scalar types of the whole kernel. Structures and pointers are never hidden by a typedef. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

typedef u64 paddr_t; /* a physical address, in bytes */
typedef u64 vaddr_t; /* a virtual address, in bytes */
typedef u64 pfn_t;   /* a physical page number: paddr >> PAGE_SHIFT */

#include "lib/posix_types.h"
