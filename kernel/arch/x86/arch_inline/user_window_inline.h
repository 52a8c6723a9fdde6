/* SPDX-License-Identifier: MIT */
/*
 * The inline bodies of user windows: user memory field by field, by instructions that may fault.
 */
#pragma once

#include "lib/compiler.h"

/* See SMAP_OPEN and SMAP_CLOSE of entry/entry_macros.h. */
#define SMAP_SITE(instruction)                                                                     \
	__asm__ volatile("661: .byte 0x0f, 0x1f, 0x00\n\t"                                         \
			 ".pushsection .smap_sites, \"a\"\n\t"                                     \
			 ".quad 661b, " instruction "\n\t"                                         \
			 ".popsection" ::                                                          \
				 : "memory")

static __always_inline void arch_user_window_open(void)
{
	SMAP_SITE("0xcb010f");
}
static __always_inline void arch_user_window_close(void)
{
	SMAP_SITE("0xca010f");
}

/* After an instruction at local label 1: a fault that cannot be resolved goes on at @target. */
#define USER_FAULT_GOES_TO(target)                                                                 \
	"\n\t.pushsection .exception_table, \"a\"\n\t.quad 1b, " target "\n\t.popsection"

#define arch_user_window_store(address, value, label)                                              \
	__asm__ goto("1: movq %0, %1" USER_FAULT_GOES_TO("%l2")::"er"((u64)(value)),               \
		     "m"(*(u64 *)(address))::label)
#define arch_user_window_store_u32(address, value, label)                                          \
	__asm__ goto("1: movl %0, %1" USER_FAULT_GOES_TO("%l2")::"er"((u32)(value)),               \
		     "m"(*(u32 *)(address))::label)
#define arch_user_window_store_u16(address, value, label)                                          \
	__asm__ goto("1: movw %w0, %1" USER_FAULT_GOES_TO("%l2")::"r"((u16)(value)),               \
		     "m"(*(u16 *)(address))::label)
#define arch_user_window_load(value, address, label)                                               \
	__asm__ goto("1: movq %1, %0" USER_FAULT_GOES_TO("%l2")                                    \
		     : "=r"(value)                                                                 \
		     : "m"(*(const u64 *)(address))                                                \
		     :                                                                             \
		     : label)
#define arch_user_window_load_u32(value, address, label)                                           \
	__asm__ goto("1: movl %1, %0" USER_FAULT_GOES_TO("%l2")                                    \
		     : "=r"(value)                                                                 \
		     : "m"(*(const u32 *)(address))                                                \
		     :                                                                             \
		     : label)
