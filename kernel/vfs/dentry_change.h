/* SPDX-License-Identifier: MIT */
/* Telling the cache of names what a directory has become. */
#pragma once

#include "vfs/dentry.h"

/* A negative entry now names @inode (reference handed over). Locks: the directory's inode lock
 * held. */
void dentry_fill(struct dentry *dentry, struct inode *inode);
/*
 * The name is about to go: 0, and nothing is mounted there from now on, or -EBUSY. When the file
 * system then refuses, dentry_delete_cancel. Locks: the directory's inode lock held.
 */
int dentry_delete_begin(struct dentry *dentry) __must_check;
void dentry_delete_cancel(struct dentry *dentry);
/* The name is gone. Locks: the directory's inode lock held. */
void dentry_delete(struct dentry *dentry);
/* @dentry takes the place of @target (a negative or replaced entry), or they swap. Locks: both
 * directories. */
void dentry_move(struct dentry *dentry, struct dentry *target);
void dentry_exchange(struct dentry *a, struct dentry *b);
/* Is @ancestor @dentry itself or above it? Locks: the rename lock keeps the answer true. */
bool dentry_is_below(struct dentry *dentry, const struct dentry *ancestor);
