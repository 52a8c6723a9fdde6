/* SPDX-License-Identifier: MIT */
/* Between the files of vfs/ only. */
#pragma once

#include "vfs/file/file.h"

void inode_cache_init(void);
void file_cache_init(void);
void anon_inode_init(void);

/*
 * Open @file's inode as its type demands: by the device, the fifo ops, or the file system's hook.
 */
int file_open_inode(struct file *file) __must_check;
/* The ops of fifos; NULL before vfs_set_fifo_ops(). */
const struct file_ops *fifo_ops(void);
/* O_TRUNC. */
int inode_truncate(struct inode *inode, u64 size_bytes) __must_check;
/*
 * A file in flight may have lost the last way to it: calls the hook of fdtable_set_flight_hook().
 */
void fdtable_flown(void);
