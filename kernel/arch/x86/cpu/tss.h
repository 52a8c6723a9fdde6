/* SPDX-License-Identifier: MIT */
/* The 64-bit task-state segment (SDM 3A 8.7). */
#pragma once

#include "lib/compiler.h"

#define NR_IST_STACKS 3
#define IST_STACK_SIZE 8192

struct tss {
	u32 reserved0;
	u64 sp0, sp1, sp2;
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3;
	u16 io_map_base;
} __packed;
/*
 * Is @address in the page below a stack of the task-state segments, which is never mapped?
 * Any context.
 */
bool ist_is_guard(u64 address);
static_assert(sizeof(struct tss) == 104, "TSS layout");
