/* SPDX-License-Identifier: MIT */
/* Pipes and fifos: pipe(7), fifo(7). */
#pragma once

#include "vfs/file/file.h"

#define PIPE_PAGES_DEFAULT 16U /* pages: 64 KiB */

/* Set up the cache of pipes and register what opening a fifo does. Boot. */
void pipe_init(void);
/*
 * A pipe's two ends, with @flags O_NONBLOCK and O_CLOEXEC (others are refused): 0, -EINVAL,
 * -ENFILE, -ENOMEM.
 */
int pipe_create(int flags, struct file **reader, struct file **writer) __must_check;
/*
 * fcntl(2)'s F_SETPIPE_SZ and F_GETPIPE_SZ on any file: the size in bytes, -EBADF (not a pipe),
 * -EBUSY, -EPERM, -EINVAL. Context: task; may sleep.
 */
long pipe_fcntl(struct file *file, unsigned cmd, u64 arg);

/*
 * The number of pages for which the pipes of an unprivileged user may have room. Beyond it new
 * pipes are small and no pipe may grow: /proc/sys/fs/pipe-user-pages-soft.
 */
u64 pipe_user_pages_max(void);
