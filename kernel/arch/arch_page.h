/* SPDX-License-Identifier: MIT */
/*
 * Page size and the layout of the kernel's half of the address space, as the architecture fixes it.
 * The body defines PAGE_SHIFT, USER_BASE_MIN (the lowest address that mmap hands out), USER_TOP
 * (first address beyond user memory), DIRECT_MAP_BASE, KMAP_BASE, KMAP_SIZE (area for kernel
 * stacks, large arrays and device registers), KERNEL_IMAGE_BASE (where the image is linked for
 * physical 0 to be), arch_clear_page(page) and arch_copy_page(to, from): one whole page; clearing
 * with preemption off.
 */
#pragma once

#include "lib/compiler.h"

#include <arch_inline/page_inline.h>

#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))

/* Of a mapping. */
enum page_protection {
	PROTECT_READ = 1,
	PROTECT_WRITE = 2,
	PROTECT_EXEC = 4,
	PROTECT_USER = 8,
	PROTECT_UNCACHED = 16,	    /* device registers   */
	PROTECT_WRITE_COMBINE = 32, /* framebuffers, rings */
};

/* The address of physical address @pa in the direct map, which holds all RAM. */
static __always_inline void *phys_to_virt(paddr_t pa)
{
	return (void *)(pa + DIRECT_MAP_BASE);
}
/* The inverse; @p must be in the direct map (not in the image). */
static __always_inline paddr_t virt_to_phys(const void *p)
{
	return (paddr_t)p - DIRECT_MAP_BASE;
}
