/* SPDX-License-Identifier: MIT */
/* x86-64 with 4-level paging: 47 bits of user space, the kernel in the upper half. */
#pragma once

#define PAGE_SHIFT 12
#define USER_BASE_MIN 0x10000UL	      /* the lowest address that mmap hands out */
#define USER_TOP 0x00007ffffffff000UL /* one page short: SYSRET to a non-canonical RIP */
#ifdef HOST_TEST
#define DIRECT_MAP_BASE 0UL
#define KMAP_BASE 0x200000000000UL
#else
#define DIRECT_MAP_BASE 0xffff800000000000UL
#define KMAP_BASE 0xffffc00000000000UL
#endif
#define KMAP_SIZE (1UL << 40)
#define KERNEL_IMAGE_BASE 0xffffffff80000000UL

#ifndef __ASSEMBLER__
#include "lib/compiler.h"

/* One whole page. String instructions: on hardware the microcode's fast path, under emulation the
 * fewest instructions. */
static __always_inline void arch_clear_page(void *page)
{
	u64 nr_words = 512;

	__asm__ volatile("rep stosq" : "+D"(page), "+c"(nr_words) : "a"(0UL) : "memory");
}

static __always_inline void arch_copy_page(void *restrict to, const void *restrict from)
{
	u64 nr_words = 512;

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(nr_words) : : "memory");
}
#endif
