// SPDX-License-Identifier: MIT
/* xattr.c -- what an extended attribute may be called, and how long it may be. */
#include "vfs/inode/xattr.h"

#include "core/errno.h"
#include "vm/user_copy.h"

#include <linux/limits.h>
#include <linux/xattr.h>

int xattr_check_name(const char __user *name)
{
	char copy[XATTR_NAME_MAX + 2];
	ssize_t len = copy_string_from_user(copy, name, sizeof(copy));

	if (len == -ENAMETOOLONG || !len || len > XATTR_NAME_MAX)
		return -ERANGE;
	return len < 0 ? (int)len : 0;
}

int xattr_check_set(const char __user *name, size_t size, int flags)
{
	int err = flags & ~(XATTR_CREATE | XATTR_REPLACE) ? -EINVAL : xattr_check_name(name);

	return err ? err : size > XATTR_SIZE_MAX ? -E2BIG : 0;
}
