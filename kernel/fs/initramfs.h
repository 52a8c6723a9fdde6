/* SPDX-License-Identifier: MIT */
/* The first contents of the root: cpio archives that the boot loader has put into memory. */
#pragma once

struct boot_info;

/*
 * Unpack the loader's archives (newc form, one after another) into the root of the current context.
 * Pages with page-aligned data are handed to the files, the others to the allocator.
 * Context: boot; the root is mounted.
 * Returns: 0 (also without an archive), or an error (already logged) when one is malformed or
 *          memory is short; what was unpacked stays.
 */
int initramfs_unpack(const struct boot_info *bi);
