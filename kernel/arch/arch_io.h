/* SPDX-License-Identifier: MIT */
/*
 * How drivers reach registers in memory, which kmap_device maps. Those at places that only the
 * platform knows: arch_platform.h.
 *
 * The body defines mmio_read8/16/32(register) and mmio_write8/16/32(register, value). The accesses
 * of one CPU reach the device in program order, and after all its earlier stores to memory.
 */
#pragma once

#include "lib/compiler.h"

#include <arch_inline/io_inline.h>
