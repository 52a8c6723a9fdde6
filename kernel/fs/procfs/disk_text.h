/* SPDX-License-Identifier: MIT */
/* What /proc and /sys say of disks, in the forms of Linux. */
#pragma once

#include "fs/procfs/procfs.h"

struct block_view;

/* The counts of a device, as in /sys/block/NAME/stat and behind the name in /proc/diskstats. */
void show_disk_counts(struct text_buffer *out, const struct block_view *view);
/* The numbers of the disks' drivers, for /proc/devices. */
void show_block_majors(struct text_buffer *out);
/* /proc/partitions and /proc/diskstats. */
int show_partitions(struct text_buffer *out, const struct procfs_subject *s);
int show_diskstats(struct text_buffer *out, const struct procfs_subject *s);
