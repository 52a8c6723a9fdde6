/* SPDX-License-Identifier: MIT */
/* x86-64 with 4-level paging: 47 bits of user space, the kernel in the upper half. */
#pragma once

#define PAGE_SHIFT 12
#define USER_BASE_MIN 0x10000UL	      /* the lowest address that mmap hands out */
#define USER_TOP 0x00007ffffffff000UL /* one page short: SYSRET to a non-canonical RIP */
/* Where these two begin is chosen at boot (boot/kaslr.c). */
#define DIRECT_MAP_LOWEST 0xffff800000000000UL
#define KMAP_LOWEST 0xffffc00000000000UL
#define DIRECT_MAP_BASE x86_direct_map_base
#define KMAP_BASE x86_kmap_base
#define KMAP_SIZE (1UL << 40)
#define KERNEL_LOAD_ADDRESS 0x200000UL
#define KERNEL_IMAGE_BASE 0xffffffff80000000UL /* the image is linked for physical 0 being here */

#ifndef __ASSEMBLER__
#include "lib/compiler.h"

extern u64 x86_direct_map_base, x86_kmap_base; /* [I] after boot */

/*
 * Sixteen bytes a store: half the instructions of any other way. The register holds a value of the
 * program, so it is saved and restored. Context: preemption off, so that no switch saves the wrong
 * value.
 */
static __always_inline void arch_clear_page(void *page)
{
	struct {
		u64 low, high;
	} saved;

	__asm__ volatile("movups %%xmm0, %1\n\t"
			 "xorps %%xmm0, %%xmm0\n"
			 "1:\n\t"
			 ".set clear_page_at, 0\n\t"
			 ".rept 64\n\t"
			 "movaps %%xmm0, clear_page_at(%0)\n\t"
			 ".set clear_page_at, clear_page_at + 16\n\t"
			 ".endr\n\t"
			 "add $1024, %0\n\t"
			 "test $0xfff, %k0\n\t"
			 "jnz 1b\n\t"
			 "movups %1, %%xmm0"
			 : "+r"(page), "=m"(saved)
			 :
			 : "memory", "cc");
}

/*
 * String instructions: on hardware the microcode's fast path, under emulation the fewest
 * instructions.
 */
static __always_inline void arch_copy_page(void *restrict to, const void *restrict from)
{
	u64 nr_words = 512;

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(nr_words) : : "memory");
}
#endif
