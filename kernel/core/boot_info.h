/* SPDX-License-Identifier: MIT */
/*
 * What the loader passed, in one form for every boot protocol. Filled in by the architecture before
 * kernel_main; nothing after that knows which loader ran. All addresses are physical.
 */
#pragma once

#include "lib/types.h"

#define BOOT_MEMORY_RANGES_MAX 64
#define BOOT_CMDLINE_MAX 4096

enum boot_memory_type {
	BOOT_MEMORY_RAM = 1,
	BOOT_MEMORY_RESERVED = 2,
};

struct boot_memory_range {
	paddr_t base;
	u64 len_bytes;
	enum boot_memory_type type;
};

struct boot_info {
	struct boot_memory_range memory[BOOT_MEMORY_RANGES_MAX]; /* sorted, no overlaps */
	unsigned nr_memory;
	paddr_t kernel_base, kernel_end; /* the image, page aligned */
	paddr_t initramfs_base;		 /* 0 when there is none */
	u64 initramfs_len_bytes;
	const char *loader_name;
	char cmdline[BOOT_CMDLINE_MAX];
};
