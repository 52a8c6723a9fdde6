/* SPDX-License-Identifier: MIT */
/* Copying from file to file: sendfile(2), copy_file_range(2). */
#pragma once

#include "vfs/file/file.h"

/*
 * Copy up to @count bytes; @in_pos and @out_pos: the program's positions, which are moved, or NULL
 * for those of the files. Bytes that cannot be written are not read either. How many, or an error
 * if that is 0: -EBADF, -ESPIPE, -EINVAL, -EFAULT, -ENOMEM, ... Context: task; may sleep.
 */
/* sendfile(2) to @out_file's own position. -EINVAL: that file is open for appending. */
ssize_t file_send(struct file *in_file, off_t __user *in_pos, struct file *out_file, size_t count)
	__must_check;
/* copy_file_range(2) between regular files. -EINVAL: the ranges are in one file and overlap. */
ssize_t file_copy_range(struct file *in_file, off_t __user *in_pos, struct file *out_file,
			off_t __user *out_pos, size_t count) __must_check;
