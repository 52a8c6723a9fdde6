/* SPDX-License-Identifier: MIT */
/* Where Creance's own parts are: the kernel image, the initramfs, the gdb script. */
#pragma once

#include <stdbool.h>

enum part {
	PART_KERNEL_RELEASE,
	PART_KERNEL_DEBUG,
	PART_INITRAMFS,
	PART_GDB_SCRIPT,
	/* of `creance bench` */
	PART_KERNEL_LATENCY,
	PART_BENCH_INITRAMFS,
	PART_BENCH_TOOLS,
	PART_BENCH_LATENCY,
	PART_BENCH_COST,
	PART_BENCH_PHASES,
	PART_LINUX_FETCH,
};

/*
 * The path of @part: what its environment variable says (CREANCE_KERNEL, CREANCE_INITRAMFS,
 * CREANCE_GDB_SCRIPT), else beside the executable as built, else as installed. The caller frees it.
 * Returns: NULL after a message if it is missing.
 */
char *paths_find(enum part part);

/*
 * The path of @name in the folder of the executable. The caller frees it.
 */
char *paths_beside(const char *name);

/* Is the executable where it was built, so that results may be written beside it? */
bool paths_is_build(void);

/* The emulator's program name or path (CREANCE_QEMU, or the usual name). */
const char *paths_emulator(void);
