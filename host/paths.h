/* SPDX-License-Identifier: MIT */
/* Where our own parts are: the kernel image, the initramfs, the gdb script. */
#pragma once

enum part { PART_KERNEL_RELEASE, PART_KERNEL_DEBUG, PART_INITRAMFS, PART_GDB_SCRIPT };

/*
 * The path of @part: what its environment variable says (CREANCE_KERNEL, CREANCE_INITRAMFS,
 * CREANCE_GDB_SCRIPT), else beside the executable as built, else as installed. The caller frees it.
 * Returns: NULL after having said that it is missing and what to do.
 */
char *paths_find(enum part part);

/* The emulator's program name or path (CREANCE_QEMU, or the usual name). */
const char *paths_emulator(void);
