/* SPDX-License-Identifier: MIT */
/*
 * Names that others may have laid out as traps in directories where everybody makes names: links
 * that lead elsewhere, fifos and files that wait for somebody's output. proc_sys_fs(5).
 */
#pragma once

#include "vfs/inode.h"

/* /proc/sys/fs/protected_*: 0 allows all; fifos and regular: 2 is stricter than 1. */
struct SHARED protected_names {
	u32 symlinks;  /* [a] 0, 1 */
	u32 hardlinks; /* [a] 0, 1 */
	u32 fifos;     /* [a] 0 to 2 */
	u32 regular;   /* [a] 0 to 2 */
};
extern struct protected_names protected_names;

/* May the current thread follow @link, the last component of a name, which lies in @dir? 0,
 * -EACCES. Context: any. */
int protected_may_follow(const struct inode *dir, const struct inode *link) __must_check;
/* May it give @inode another name? 0, -EPERM. May sleep. */
int protected_may_link(struct inode *inode) __must_check;
/* May it open @inode, which it did not create, with O_CREAT in @dir? 0, -EACCES. Context: any. */
int protected_may_create(const struct inode *dir, const struct inode *inode) __must_check;
