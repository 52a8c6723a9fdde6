/* SPDX-License-Identifier: MIT */
/* The CPU keeps accesses to uncached memory in order; only the compiler must be told. */
#pragma once

#include "lib/compiler.h"

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
