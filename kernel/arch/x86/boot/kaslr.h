/* SPDX-License-Identifier: MIT */
#pragma once

#include "lib/compiler.h"

/*
 * Choose addresses for the image, the direct map and the kmap area, map the image at its new
 * address as well, and relocate every address in it. @start_info: the loader's, physical. Returns
 * how far the image has moved: the caller continues there. Boot, once, on the boot page tables.
 */
u64 kaslr_move(paddr_t start_info);
