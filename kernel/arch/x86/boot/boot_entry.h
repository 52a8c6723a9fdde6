/* SPDX-License-Identifier: MIT */
/* What the entry code and the linker script give to C. */
#pragma once

#include "lib/compiler.h"

extern char kernel_image_start[], kernel_image_end[];
extern char kernel_text_start[], kernel_text_end[];
extern char kernel_rodata_start[], kernel_rodata_end[];
extern char kernel_data_start[];
extern char boot_stack_guard[], boot_stack[], boot_stack_end[];

/* Tables that the assembly files fill (entry/entry_macros.h). */
struct exception_entry {
	u64 at, to; /* a fault of the instruction at the one continues at the other */
};
extern const struct exception_entry exception_table_start[], exception_table_end[];
struct smap_site {
	u64 address;
	u64 instruction; /* three bytes, to be put there when the CPU has SMAP */
};
extern const struct smap_site smap_sites_start[], smap_sites_end[];

/* Called by pvh_entry.S with the physical address of the start-info structure. */
_Noreturn void boot_from_pvh(paddr_t start_info);
