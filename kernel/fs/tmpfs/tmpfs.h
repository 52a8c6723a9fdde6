/* SPDX-License-Identifier: MIT */
/* A file system in memory. devfs and memfd are built on it. */
#pragma once

#include "vfs/inode/super.h"

struct file;

/* Register "tmpfs", and "ramfs" and "rootfs", which are the same by other names. Boot. */
void tmpfs_init(void);

/* Limits of pages and inodes; 0: as many as half of memory has pages. */
struct tmpfs_limits {
	u64 max_pages, max_inodes;
};
/* Make a super of @type with an empty root of mode @root_mode. 0, -ENOMEM. */
int tmpfs_super_create(const struct file_system *type, const struct tmpfs_limits *limits,
		       mode_t root_mode, struct super **out) __must_check;
/* Make an empty file without a name. 0, -ENOSPC, -ENOMEM. */
int tmpfs_create_nameless(struct super *super, mode_t mode, struct inode **out) __must_check;
/*
 * Make @page the page @index of @inode's file, and count it. With 0 the file takes over the
 * reference.
 */
int tmpfs_adopt_page(struct inode *inode, u64 index, struct page *page) __must_check;
