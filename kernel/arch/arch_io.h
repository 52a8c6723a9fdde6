/* SPDX-License-Identifier: MIT */
/*
 * Device registers: the machine's port space, where it has one, and registers in memory (mapped by
 * kmap_device).
 * Contract of the inline body: arch_io_in8/32(port), arch_io_out8/16/32(port, value);
 * arch_io_has_ports().
 * The accesses of one CPU reach the device in program order, and after all its earlier stores to
 * memory.
 */
#pragma once

#include "lib/compiler.h"

#ifndef HOST_TEST
#include <arch_inline/io_inline.h>
#endif

static __always_inline u8 mmio_read8(const volatile void *reg)
{
	return *(const volatile u8 *)reg;
}
static __always_inline u16 mmio_read16(const volatile void *reg)
{
	return *(const volatile u16 *)reg;
}
static __always_inline u32 mmio_read32(const volatile void *reg)
{
	return *(const volatile u32 *)reg;
}
static __always_inline void mmio_write8(volatile void *reg, u8 value)
{
	compiler_barrier();
	*(volatile u8 *)reg = value;
}
static __always_inline void mmio_write16(volatile void *reg, u16 value)
{
	compiler_barrier();
	*(volatile u16 *)reg = value;
}
static __always_inline void mmio_write32(volatile void *reg, u32 value)
{
	compiler_barrier();
	*(volatile u32 *)reg = value;
}
