/* SPDX-License-Identifier: MIT */
#pragma once

#include "lib/compiler.h"

/*
 * The root table whose upper half every address space shares. All its upper entries exist from boot
 * on, so that copies stay valid.
 */
u64 *kernel_root_table(void);
/* Give the all-zero root @table the kernel's upper entries; take them away again. */
void kernel_root_share(u64 *table);
void kernel_root_unshare(u64 *table);
/* The physical address of a symbol in the kernel image. */
paddr_t kernel_image_phys(const void *symbol);
