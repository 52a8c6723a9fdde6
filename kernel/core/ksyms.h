/* SPDX-License-Identifier: MIT */
/*
 * Names of the kernel's own functions, for backtraces. The table is made by the build after the
 * first link.
 */
#pragma once

#include "lib/compiler.h"

extern const u32 ksyms_count;
extern const u32 ksyms_offsets[];      /* from KERNEL_IMAGE_BASE, ascending */
extern const u32 ksyms_name_offsets[]; /* into ksyms_names                  */
extern const char ksyms_names[];

/* The function that holds @address, and how far into it; NULL when none does. */
const char *ksyms_find(vaddr_t address, u64 *offset);
