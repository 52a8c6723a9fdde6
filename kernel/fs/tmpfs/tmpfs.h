/* SPDX-License-Identifier: MIT */
/* A file system in memory. Also the ground devfs and memfd stand on. */
#pragma once

#include "vfs/super.h"

struct file;

/* Register "tmpfs" (and "ramfs", the same without limits). Boot. */
void tmpfs_init(void);

/* Room, in pages and inodes; 0: half of memory. */
struct tmpfs_limits {
	u64 max_pages, max_inodes;
};
/* A super of @type with an empty root of @mode. 0, -ENOMEM. */
int tmpfs_super_create(const struct file_system *type, const struct tmpfs_limits *limits,
		       mode_t root_mode, struct super **out) __must_check;
/* Make a file without a name (size 0). 0, -ENOSPC, -ENOMEM. */
int tmpfs_create_nameless(struct super *super, mode_t mode, struct inode **out) __must_check;
/* Put a ready page into @inode's file at page @index and count it: takes over the reference when 0.
 * */
int tmpfs_adopt_page(struct inode *inode, u64 index, struct page *page) __must_check;
