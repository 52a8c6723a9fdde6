/* SPDX-License-Identifier: MIT */
/* Symbols of the entry code and the linker script. */
#pragma once

#include "lib/compiler.h"

extern char kernel_image_start[], kernel_image_end[];
extern char kernel_text_start[], kernel_text_end[];
extern char kernel_rodata_start[], kernel_rodata_end[];
extern char kernel_data_start[];
/* The variables that each CPU has its own of (arch/arch_percpu.h). */
extern char percpu_start[], percpu_end[];
/* The places in the image that hold addresses of it (tools/gen_relocations.pl). */
extern const char kernel_relocations_start[], kernel_relocations_end[];
extern char boot_stack_guard[], boot_stack[], boot_stack_end[];

/* Tables that the assembly files fill in (entry/entry_macros.h). */
struct exception_entry {
	u64 at, to; /* a fault of the instruction at `at` continues at `to` */
};
extern const struct exception_entry exception_table_start[], exception_table_end[];
struct smap_site {
	u64 address;
	u64 instruction; /* three bytes that boot writes there if the CPU has SMAP */
};
extern const struct smap_site smap_sites_start[], smap_sites_end[];

/* The boot page tables (pvh_entry.S); kaslr.c fills in the last two. */
extern u64 boot_pml4[], boot_pdpt_high[], boot_pd[], boot_pdpt_direct[], boot_pd_moved[];

/* Called by pvh_entry.S with the physical address of the start-info structure. */
_Noreturn void boot_from_pvh(paddr_t start_info);
