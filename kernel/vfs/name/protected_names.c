// SPDX-License-Identifier: MIT
#include "vfs/name/protected_names.h"

#include "core/errno.h"
#include "vfs/cred.h"

#define SHARED_BY_ALL (S_ISVTX | S_IWOTH)

struct protected_names protected_names = {.symlinks = 1, .hardlinks = 1, .fifos = 1, .regular = 2};

int protected_may_follow(const struct inode *dir, const struct inode *link)
{
	struct inode_access in = inode_access_get(dir);
	uid_t owner = READ_ONCE(link->uid);

	if (!READ_ONCE(protected_names.symlinks) || (in.mode & SHARED_BY_ALL) != SHARED_BY_ALL ||
	    owner == cred_current()->fsuid || owner == in.uid)
		return 0;
	return -EACCES;
}

/* Is a link of the current thread no more harmful than a copy, which it may make? */
static bool is_harmless(struct inode *inode)
{
	mode_t mode = READ_ONCE(inode->mode);

	return S_ISREG(mode) && !(mode & S_ISUID) &&
	       (mode & (S_ISGID | S_IXGRP)) != (S_ISGID | S_IXGRP) &&
	       !inode_permission(inode, MAY_READ | MAY_WRITE);
}

int protected_may_link(struct inode *inode)
{
	if (!READ_ONCE(protected_names.hardlinks) || is_harmless(inode) || inode_is_owner(inode))
		return 0;
	return -EPERM;
}

int protected_may_create(const struct inode *dir, const struct inode *inode)
{
	u32 fifos = READ_ONCE(protected_names.fifos), regular = READ_ONCE(protected_names.regular);
	struct inode_access in = inode_access_get(dir), of = inode_access_get(inode);

	if ((S_ISFIFO(of.mode) && !fifos) || (S_ISREG(of.mode) && !regular) ||
	    !(in.mode & S_ISVTX) || of.uid == in.uid || of.uid == cred_current()->fsuid)
		return 0;
	if (in.mode & S_IWOTH)
		return -EACCES;
	if ((in.mode & S_IWGRP) &&
	    ((S_ISFIFO(of.mode) && fifos >= 2) || (S_ISREG(of.mode) && regular >= 2)))
		return -EACCES;
	return 0;
}
