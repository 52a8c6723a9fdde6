/* SPDX-License-Identifier: MIT */
/* The structures that a PVH loader passes: Xen's public/arch-x86/hvm/start_info.h, version 1. */
#pragma once

#include "lib/compiler.h"

#define PVH_MAGIC 0x336ec578

struct pvh_start_info {
	u32 magic, version, flags, nr_modules;
	u64 modules_paddr, cmdline_paddr, rsdp_paddr;
	u64 memmap_paddr;
	u32 memmap_entries, reserved;
};
struct pvh_module {
	u64 paddr, size, cmdline_paddr, reserved;
};
struct pvh_memory {
	u64 addr, size;
	u32 type, reserved;
};
static_assert(sizeof(struct pvh_start_info) == 56, "start info layout");
static_assert(sizeof(struct pvh_memory) == 24, "memory map layout");
