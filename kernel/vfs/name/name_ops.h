/* SPDX-License-Identifier: MIT */
/*
 * What system calls do to names, with the semantics and errors of their manual pages (section 2).
 * All functions may sleep.
 */
#pragma once

#include "vfs/name/path_walk.h"

/* mknod and, with S_IFDIR in @mode, mkdir. The umask is applied here. */
int vfs_mknod(int dirfd, const char *name, mode_t mode, dev_t device) __must_check;
/*
 * The same; *out (NULL: not wanted) is the new inode, referenced: a socket that is bound to a name
 * needs it.
 */
int vfs_mknod_inode(int dirfd, const char *name, mode_t mode, dev_t device, struct inode **out)
	__must_check;
int vfs_symlink(const char *target, int dirfd, const char *name) __must_check;
int vfs_symlink_inode(const char *target, int dirfd, const char *name, struct inode **out)
	__must_check;
/* @flags: AT_SYMLINK_FOLLOW, AT_EMPTY_PATH. */
int vfs_link(int old_dirfd, const char *old_name, int new_dirfd, const char *new_name, int flags)
	__must_check;
/* unlink, and with @directory rmdir. */
int vfs_unlink(int dirfd, const char *name, bool directory) __must_check;
/* @flags: RENAME_NOREPLACE, RENAME_EXCHANGE. */
int vfs_rename(int old_dirfd, const char *old_name, int new_dirfd, const char *new_name,
	       unsigned flags) __must_check;
/*
 * Copy the text of the link at @path to @buffer, cut to @size. Returns its length; -EINVAL when
 * there is no link.
 */
ssize_t vfs_readlink(const struct path *path, char *buffer, size_t size) __must_check;
/* The same to a program's memory; also -EFAULT, -ENOMEM. */
ssize_t vfs_readlink_user(const struct path *path, char __user *to, size_t size) __must_check;

/*
 * May the current thread add a name to @dir, or remove @victim's name from it? 0, -EACCES, -EPERM,
 * -EROFS, -ENOENT, -EBUSY. Locks: the directory's inode lock held.
 */
int may_create_in(const struct path *dir) __must_check;
int may_delete_from(const struct path *dir, struct dentry *victim) __must_check;
