/* SPDX-License-Identifier: MIT */
#pragma once

/* Register the file system "sysfs", mounted at /sys by init. Boot, after procfs_init. */
void sysfs_init(void);
