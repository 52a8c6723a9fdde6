/* SPDX-License-Identifier: MIT */
/* The first contents of the root: cpio archives that the loader left in memory. */
#pragma once

struct boot_info;

/*
 * Unpack the archives (newc form, one after another) that the loader left into the root of the
 * current context, and give their frames to the files whose data lies page aligned, the others to
 * the allocator.
 * Context: boot; the root is mounted.
 * Returns: 0 (also without archive), or an error (already logged) when one is malformed or memory
 * is short: what was unpacked stays.
 */
int initramfs_unpack(const struct boot_info *bi);
