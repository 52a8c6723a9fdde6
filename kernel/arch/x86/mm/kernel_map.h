/* SPDX-License-Identifier: MIT */
#pragma once

#include "lib/compiler.h"

/*
 * The root table whose upper half every address space shares. Its upper entries all exist from boot
 * on, so that copies stay true.
 */
u64 *kernel_root_table(void);
