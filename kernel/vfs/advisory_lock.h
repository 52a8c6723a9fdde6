/* SPDX-License-Identifier: MIT */
/* Locks on files that programs ask for: record locks (fcntl), open-file-description locks, flock.
 * All advisory. */
#pragma once

#include "vfs/file.h"

/* F_GETLK/F_SETLK/F_SETLKW and their F_OFD_ forms on @file, which @fd of the current table meant;
 * @lock in kernel memory, changed by the GETLK forms. A record lock that is granted after @fd was
 * closed is given back: -EBADF. 0, -EAGAIN, -EDEADLK, -EINTR, -EINVAL, -EBADF, -ENOLCK. May sleep.
 */
int file_lock_fcntl(struct file *file, int fd, unsigned cmd, struct flock *lock) __must_check;
/* flock(2). 0, -EWOULDBLOCK, -EINTR, -EINVAL, -ENOLCK. */
int file_lock_flock(struct file *file, int operation) __must_check;
/* A descriptor of @file in @owner, a descriptor table, was closed: that table's record locks on the
 * inode all go. */
void file_lock_close(struct file *file, const void *owner);
/* The open file ends: its flock and its OFD locks go. */
void file_lock_release(struct file *file);
/* The inode ends. */
void file_lock_context_free(struct inode *inode);
