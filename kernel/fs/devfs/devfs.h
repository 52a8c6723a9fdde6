/* SPDX-License-Identifier: MIT */
/* /dev: a file system in memory to which the registered character devices are added. */
#pragma once

/* Register "devtmpfs". All mounts show one instance. Boot, after tmpfs_init. */
void devfs_init(void);
