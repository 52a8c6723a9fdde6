/* SPDX-License-Identifier: MIT */
/*
 * Names that an attacker may have put into a directory where everybody can create names: links that
 * lead elsewhere, fifos and files that wait for another user's output. proc_sys_fs(5).
 */
#pragma once

#include "vfs/inode/inode.h"

/* /proc/sys/fs/protected_*: 0 allows everything; of fifos and regular, 2 is stricter than 1. */
struct SHARED protected_names {
	u32 symlinks;  /* [a] 0, 1 */
	u32 hardlinks; /* [a] 0, 1 */
	u32 fifos;     /* [a] 0 to 2 */
	u32 regular;   /* [a] 0 to 2 */
};
extern struct protected_names protected_names;

/*
 * May the current thread follow @link, the last component of a name, which is in @dir? 0, -EACCES.
 * Context: any.
 */
int protected_may_follow(const struct inode *dir, const struct inode *link) __must_check;
/* May the current thread give @inode another name? 0, -EPERM. May sleep. */
int protected_may_link(struct inode *inode) __must_check;
/*
 * May the current thread open @inode, which it did not create, with O_CREAT in @dir? 0, -EACCES.
 * Context: any.
 */
int protected_may_create(const struct inode *dir, const struct inode *inode) __must_check;
