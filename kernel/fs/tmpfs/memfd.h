/* SPDX-License-Identifier: MIT */
/* memfd_create(2): a file in memory that has no name in any directory; and sealing. */
#pragma once

#include "vfs/file/file.h"

/* Mount the file system for these files. Boot, after tmpfs_init. */
void memfd_init(void);
/* Make a file that is shown as "/memfd:@name (deleted)". @flags: MFD_*. 0, -EINVAL, -ENOMEM, ... */
int memfd_create(const char *name, unsigned flags, struct file **out) __must_check;
/* F_ADD_SEALS / F_GET_SEALS: 0 or the seals; -EINVAL, -EPERM, -EBUSY. */
int memfd_add_seals(struct file *file, unsigned seals);
int memfd_get_seals(struct file *file);
