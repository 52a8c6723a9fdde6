/* SPDX-License-Identifier: MIT */
/* Advisory locks on files: record locks (fcntl), open-file-description locks, flock. */
#pragma once

#include "vfs/file/file.h"

/*
 * F_GETLK, F_SETLK, F_SETLKW and their F_OFD_ forms on @file, which @fd of the current table
 * referred to; @lock is in kernel memory, and the GETLK forms change it. A record lock that is
 * granted after @fd was closed is given back: -EBADF. 0, -EAGAIN, -EDEADLK, -EINTR, -EINVAL,
 * -EBADF, -ENOLCK. May sleep.
 */
int file_lock_fcntl(struct file *file, int fd, unsigned cmd, struct flock *lock) __must_check;
/* flock(2). 0, -EWOULDBLOCK, -EINTR, -EINVAL, -ENOLCK. */
int file_lock_flock(struct file *file, int operation) __must_check;
/*
 * A descriptor of @file in the descriptor table @owner was closed: drop all record locks of that
 * table on the inode.
 */
void file_lock_close(struct file *file, const void *owner);
/* The open file ends: drop its flock and its OFD locks. */
void file_lock_release(struct file *file);
