/* SPDX-License-Identifier: MIT */
/* Pipes and fifos: pipe(7), fifo(7). */
#pragma once

#include "vfs/file.h"

#define PIPE_SLOTS_DEFAULT 16U /* pages: 64 KiB */

/* The cache of pipes, and what opening a fifo does. Boot. */
void pipe_init(void);
/*
 * A pipe's two ends with O_* @flags (O_NONBLOCK, O_DIRECT is refused): 0, -EINVAL, -ENFILE,
 * -ENOMEM.
 */
int pipe_create(int flags, struct file **reader, struct file **writer) __must_check;
/*
 * fcntl(2)'s F_SETPIPE_SZ and F_GETPIPE_SZ on any file: the size in bytes, -EBADF (no pipe),
 * -EBUSY, -EPERM, -EINVAL, -ENOMEM.
 */
long pipe_fcntl(struct file *file, unsigned cmd, u64 arg);

/*
 * How many pages the pipes of an unprivileged user may have room for, after which new pipes are
 * small and none may grow: /proc/sys/fs/pipe-user-pages-soft.
 */
u64 pipe_user_pages_max(void);
