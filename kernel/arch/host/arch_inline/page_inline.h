/* SPDX-License-Identifier: MIT */
/* A test's RAM is a stretch of the process's memory: physical addresses are the process's own. */
#pragma once

#include "lib/compiler.h"

#define PAGE_SHIFT 12
#define USER_BASE_MIN 0x10000UL
#define USER_TOP 0x00007ffffffff000UL
#define DIRECT_MAP_BASE 0UL
#define KMAP_BASE 0x200000000000UL
#define KMAP_SIZE (1UL << 40)
#define KERNEL_IMAGE_BASE 0x400000UL

static inline void arch_clear_page(void *page)
{
	__builtin_memset(page, 0, 1UL << PAGE_SHIFT);
}

static inline void arch_copy_page(void *restrict to, const void *restrict from)
{
	__builtin_memcpy(to, from, 1UL << PAGE_SHIFT);
}
