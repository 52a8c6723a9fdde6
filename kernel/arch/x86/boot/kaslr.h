/* SPDX-License-Identifier: MIT */
#pragma once

#include "lib/compiler.h"

/*
 * Choose where the image, the direct map and the kmap area lie, show the image there, too, and
 * move every address in it. @start_info: the loader's, physical. Returns how far the image has
 * moved: the caller goes on there. Boot, once, on the boot page tables.
 */
u64 kaslr_move(paddr_t start_info);
