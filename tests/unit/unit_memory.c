// SPDX-License-Identifier: MIT
#include "unit_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/boot_info.h"
#include "mm/boot_alloc.h"
#include "mm/page_alloc.h"

static void map_fresh(u64 size_bytes)
{
	static u64 mapped;
	void *base = (void *)UNIT_MEMORY_BASE;

	if (mapped)
		munmap(base, mapped);
	mapped = size_bytes;
	if (mmap(base, size_bytes, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != base) {
		perror("mmap of test memory");
		exit(1);
	}
}

void unit_memory_init_with(u64 size_bytes, u64 hole_base, u64 hole_bytes, u64 reserved_base,
			   u64 reserved_bytes)
{
	static struct boot_info bi;

	map_fresh(size_bytes);
	memset(&bi, 0, sizeof(bi));
	bi.memory[0] = (struct boot_memory_range){UNIT_MEMORY_BASE, size_bytes, BOOT_MEMORY_RAM};
	bi.nr_memory = 1;
	if (hole_bytes) {
		bi.memory[0].len_bytes = hole_base - UNIT_MEMORY_BASE;
		bi.memory[1] =
			(struct boot_memory_range){hole_base, hole_bytes, BOOT_MEMORY_RESERVED};
		bi.memory[2] = (struct boot_memory_range){
			hole_base + hole_bytes,
			UNIT_MEMORY_BASE + size_bytes - hole_base - hole_bytes, BOOT_MEMORY_RAM};
		bi.nr_memory = 3;
	}
	bi.initramfs_base = reserved_base;
	bi.initramfs_len_bytes = reserved_bytes;
	boot_alloc_init(&bi);
	page_alloc_init();
}

void unit_memory_init(u64 size_bytes)
{
	unit_memory_init_with(size_bytes, 0, 0, 0, 0);
}
