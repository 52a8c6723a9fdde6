/* SPDX-License-Identifier: MIT */
#pragma once

/* Show the table of calls in /proc/creance. Boot, after procfs_init. */
void procfs_syscalls_init(void);
