/* SPDX-License-Identifier: MIT */
/* /sys/block: a directory for each disk, with one for each partition. */
#pragma once

#include "fs/procfs/procfs.h"

extern const struct procfs_children sysfs_disks;
