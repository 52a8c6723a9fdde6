/* SPDX-License-Identifier: MIT */
/*
 * RAM for unit tests: a stretch of low host memory whose addresses serve as physical ones (the
 * direct map begins at 0 on the host), handed to the real boot and frame allocators.
 * A test that uses it names in its UNIT line: lib/string.c mm/boot_alloc.c mm/buddy.c
 * mm/page_alloc.c mm/fail_alloc.c, and for objects mm/slab.c mm/slab_check.c mm/slab_debug.c
 * mm/kmalloc.c.
 */
#pragma once

#include "lib/types.h"

#define UNIT_MEMORY_BASE 0x10000000UL

/* Fresh RAM of @size_bytes (at most 256 MiB), and the frame allocator set up on it. */
void unit_memory_init(u64 size_bytes);

/* The same with a hole and a reserved stretch like an initramfs's (page aligned, may be 0). */
void unit_memory_init_with(u64 size_bytes, u64 hole_base, u64 hole_bytes, u64 reserved_base,
			   u64 reserved_bytes);
