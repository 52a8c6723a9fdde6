/* SPDX-License-Identifier: MIT */
/* Debian's packaged kernel, to compare with: found, or fetched without installing it. */
#pragma once

/*
 * The path of its bzImage: what CREANCE_LINUX_KERNEL says, else linux/vmlinuz beside our executable
 * or in the user's cache, else fetched to the first of these that can be written to.
 * The caller frees it. Returns: NULL after a message.
 */
char *bench_linux_find(void);
