/* SPDX-License-Identifier: MIT */
/* What the entry code and the linker script give to C. */
#pragma once

#include "lib/compiler.h"

extern char kernel_image_start[], kernel_image_end[];
extern char kernel_text_start[], kernel_text_end[];
extern char kernel_rodata_start[], kernel_rodata_end[];
extern char kernel_data_start[];
extern char boot_stack_guard[], boot_stack[], boot_stack_end[];

/* Called by pvh_entry.S with the physical address of the start-info structure. */
_Noreturn void boot_from_pvh(paddr_t start_info);
