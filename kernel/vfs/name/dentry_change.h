/* SPDX-License-Identifier: MIT */
/* Keeping the cache of names in step with directories that change. */
#pragma once

#include "vfs/name/dentry.h"

/*
 * Make a negative entry mean @inode (reference handed over). Locks: the directory's inode lock
 * held.
 */
void dentry_fill(struct dentry *dentry, struct inode *inode);
/*
 * Begin to remove the name: 0, and nothing can be mounted there any more; or -EBUSY, when something
 * is. If the file system then refuses, call dentry_delete_cancel. Locks: the directory's inode lock
 * held.
 */
int dentry_delete_begin(struct dentry *dentry) __must_check;
void dentry_delete_cancel(struct dentry *dentry);
/* The name has been removed. Locks: the directory's inode lock held. */
void dentry_delete(struct dentry *dentry);
/*
 * Move @dentry to the place of @target, a negative or replaced entry; or swap the two. Locks: both
 * directories' inode locks held.
 */
void dentry_move(struct dentry *dentry, struct dentry *target);
void dentry_exchange(struct dentry *a, struct dentry *b);
/*
 * Is @ancestor @dentry itself or above it? May release dentry_lock. Locks: the rename lock keeps
 * the answer true.
 */
bool dentry_is_below(struct dentry *dentry, const struct dentry *ancestor);
