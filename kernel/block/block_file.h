/* SPDX-License-Identifier: MIT */
/* Device nodes of disks and partitions. */
#pragma once

/* Let nodes of block devices be opened. Boot. */
void block_file_init(void);
