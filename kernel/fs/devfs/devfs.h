/* SPDX-License-Identifier: MIT */
/* /dev: a file system in memory in which the registered character devices appear by themselves. */
#pragma once

/* Register "devtmpfs". One instance, shown by all mounts. Boot, after tmpfs_init. */
void devfs_init(void);
