/* SPDX-License-Identifier: MIT */
#pragma once

struct boot_info;

/*
 * Mount the root file system and fill it from the loader's initramfs, if there is one. Context: the
 * first thread.
 */
void initramfs_boot(const struct boot_info *bi);
