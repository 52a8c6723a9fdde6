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
