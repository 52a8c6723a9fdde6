/* SPDX-License-Identifier: MIT */
#pragma once

#include "lib/compiler.h"

/*
 * The root table whose upper half every address space shares. All its upper entries exist from boot
 * on, so that copies stay valid.
 */
u64 *kernel_root_table(void);
